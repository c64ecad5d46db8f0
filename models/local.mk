libplumbline_la_SOURCES += \
	%D%/build.c %D%/build.h \
	%D%/dataset.c \
	%D%/linear.c \
	%D%/mlp.c \
	%D%/mynet.c \
	%D%/nearest.c \
	%D%/residual.c \
	%D%/tiny.c \
	%D%/train.c
plumbdatadir = $(pkgdatadir)/data
dist_plumbdata_DATA = %D%/data/digits.csv %D%/data/iris.csv
EXTRA_DIST += %D%/data/README.md

# A build in another directory finds its data beside the program, too.
all-local: data-beside-program
data-beside-program:
	@test -f models/data/digits.csv || { $(MKDIR_P) models/data && \
	  cp $(srcdir)/models/data/digits.csv $(srcdir)/models/data/iris.csv models/data/; }
distclean-local:
	@test "$(srcdir)" = . || rm -rf models/data
.PHONY: data-beside-program
