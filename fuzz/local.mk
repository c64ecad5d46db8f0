# Fuzz targets by clang's libFuzzer, with its sanitizers: README.md.  Nothing of it is looked for by configure.
FUZZ_CC = clang
FUZZ_CFLAGS = -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_JOBS = 2
FUZZ_TARGETS = formula hello npy npz protocol report
EXTRA_DIST += %D%/README.md %D%/build.sh %D%/run.sh %D%/scratch.h %D%/formula.c %D%/hello.c %D%/npy.c %D%/npz.c %D%/protocol.c %D%/report.c \
	%D%/corpus

# make fuzz FUZZ_CC=clang-19 FUZZ_TARGETS='npy hello'
fuzz:
	@FUZZ_CC='$(FUZZ_CC)' FUZZ_JOBS='$(FUZZ_JOBS)' srcdir='$(srcdir)' $(SHELL) $(srcdir)/%D%/build.sh '$(FUZZ_TARGETS)' \
	  '$(libplumbline_la_SOURCES)' $(FUZZ_CFLAGS) -std=gnu11 -ffp-contract=off -Wno-unknown-pragmas \
	  -D_GNU_SOURCE -D__SANITIZE_ADDRESS__ '-DPACKAGE_VERSION=\"$(VERSION)\"' $(AM_CPPFLAGS) $(CPPFLAGS) \
	  -- $(libplumbline_la_LIBADD) $(BLAS_RPATH) -lgomp $(LIBS)
.PHONY: fuzz
clean-local: clean-fuzz
clean-fuzz:
	rm -rf %D%/objects %D%/found
	for t in $(FUZZ_TARGETS); do rm -f %D%/$$t; done
.PHONY: clean-fuzz
