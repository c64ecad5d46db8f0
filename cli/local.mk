noinst_LTLIBRARIES += libplumbcli.la
libplumbcli_la_SOURCES = \
	%D%/boxes.c \
	%D%/check.c \
	%D%/cli.h \
	%D%/demo.c \
	%D%/descend.c \
	%D%/laws.c \
	%D%/lecture.c \
	%D%/list.c \
	%D%/main.c \
	%D%/nearest.c \
	%D%/options.c \
	%D%/report.c \
	%D%/show.c \
	%D%/targets.c \
	%D%/trainers.c \
	%D%/walk.c \
	%D%/worker.c
libplumbcli_la_CPPFLAGS = $(AM_CPPFLAGS) -DPLUMB_DATADIR='"$(plumbdatadir)"'
libplumbcli_la_LIBADD = libplumbline.la $(JANSSON_LIBS)
bin_PROGRAMS += plumb
plumb_SOURCES = %D%/plumb.c
plumb_LDADD = libplumbcli.la libplumbline.la $(MPFR_LIBS) $(GSL_LIBS) $(JANSSON_LIBS)
