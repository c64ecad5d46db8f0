libplumbline_la_SOURCES += \
	%D%/dataset.c \
	%D%/mlp.c \
	%D%/train.c
plumbdatadir = $(pkgdatadir)/data
dist_plumbdata_DATA = %D%/data/digits.csv %D%/data/iris.csv
EXTRA_DIST += %D%/data/README.md

# A build in another directory finds its data beside the program, too.
all-local: models/data/digits.csv
models/data/digits.csv:
	@test -f $@ || { $(MKDIR_P) models/data && cp $(srcdir)/models/data/digits.csv $(srcdir)/models/data/iris.csv models/data/; }
distclean-local:
	@test "$(srcdir)" = . || rm -rf models/data
