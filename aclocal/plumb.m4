# plumb.m4 - is the gradient checker plumb installed, and its library?
# serial 1
#
# Copying and distribution of this file, with or without modification, are permitted in any medium without royalty provided this
# notice is preserved.  This file is offered as-is, without any warranty.
#
# PLUMB_CHECK([MINIMUM-VERSION], [IF-FOUND], [IF-NOT])
# ----------------------------------------------------
# Looks for the program plumb, of MINIMUM-VERSION or later where one is given, and for libplumbline of the same by pkg-config.
# IF-FOUND and IF-NOT are about the program.  It may be called once, and not inside of a shell condition.
#
#   $PLUMB, @PLUMB@                 its path, empty where it is not found; `./configure PLUMB=/path` takes that one, PLUMB=no none
#   $PLUMB_VERSION                  what it says of itself
#   PLUMBLINE_CFLAGS, _LIBS         of the library, empty where it is not found
#   $plumb_found, $plumbline_found  yes or no
#   HAVE_PLUMB, HAVE_PLUMBLINE      the same for Makefile.am: if HAVE_PLUMB ... endif
AC_DEFUN([PLUMB_CHECK],
[AC_ARG_VAR([PLUMB],[the gradient checker plumb])
AS_CASE([$PLUMB],
  [no],[PLUMB=],
  [AC_PATH_PROG([PLUMB],[plumb])])
AC_MSG_CHECKING([for plumb]m4_ifval([$1],[ $1 or later]))
PLUMB_VERSION= plumb_found=no
AS_IF([test -n "$PLUMB"],
  [PLUMB_VERSION=`"$PLUMB" --version 2>/dev/null | sed -n '1s/^plumb \([[0-9]][[0-9.]]*\).*/\1/p'`])
AS_IF([test -n "$PLUMB_VERSION"],
  [plumb_found=yes
   m4_ifval([$1],[AS_VERSION_COMPARE([$PLUMB_VERSION],[$1],[plumb_found=no])])])
AC_MSG_RESULT([$plumb_found${PLUMB_VERSION:+, $PLUMB_VERSION}])
AS_IF([test $plumb_found = no],[PLUMB=])
plumbline_found=no
m4_ifdef([PKG_CHECK_MODULES],
  [PKG_CHECK_MODULES([PLUMBLINE],[plumbline]m4_ifval([$1],[ >= $1]),[plumbline_found=yes],[plumbline_found=no])])
AC_SUBST([PLUMB_VERSION])
AC_SUBST([PLUMBLINE_CFLAGS])
AC_SUBST([PLUMBLINE_LIBS])
AM_CONDITIONAL([HAVE_PLUMB],[test $plumb_found = yes])
AM_CONDITIONAL([HAVE_PLUMBLINE],[test $plumbline_found = yes])
AS_IF([test $plumb_found = yes],[m4_default([$2],[:])],[m4_default([$3],[:])])
])
