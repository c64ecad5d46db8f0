# One program per concern, each speaking TAP; scripts end in .t
AM_TESTS_ENVIRONMENT = PLUMB='$(abs_builddir)/plumb'; export PLUMB; \
	srcdir='$(abs_srcdir)'; export srcdir; \
	OMP_NUM_THREADS=2; export OMP_NUM_THREADS; \
	OMP_WAIT_POLICY=passive; export OMP_WAIT_POLICY;
TEST_EXTENSIONS = .t
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
T_LOG_DRIVER = $(LOG_DRIVER)
LDADD = libplumbcli.la libplumbline.la $(MPFR_LIBS) $(JANSSON_LIBS)

check_PROGRAMS += \
	%D%/t-naive
%C%_t_naive_SOURCES = %D%/t-naive.c %D%/naive/naive.c %D%/naive/naive.h %D%/tap.h
