# What is measured and how: README.md
EXTRA_PROGRAMS += %D%/step
%C%_step_SOURCES = %D%/step.c %D%/numbers.h
%C%_step_LDADD = libplumbline.la $(OPENBLAS_LIBS)
# step names OpenBLAS itself, so that it must pin the flavour as the library does
%C%_step_LDFLAGS = $(BLAS_RPATH)
EXTRA_PROGRAMS += %D%/calls
%C%_calls_SOURCES = %D%/calls.c
%C%_calls_LDADD = libplumbline.la
EXTRA_PROGRAMS += %D%/descent
%C%_descent_SOURCES = %D%/descent.c %D%/numbers.h
%C%_descent_LDADD = libplumbline.la $(OPENBLAS_LIBS)
%C%_descent_LDFLAGS = $(BLAS_RPATH)
EXTRA_DIST += %D%/boxes.sh %D%/descent.sh %D%/peer_descent.py
EXTRA_DIST += %D%/README.md %D%/bench.sh %D%/peer_torch.py
CLEANFILES += %D%/step$(EXEEXT) %D%/calls$(EXEEXT) %D%/descent$(EXEEXT)

# make bench BENCHFLAGS=--gate
bench: %D%/step$(EXEEXT)
	STEP='$(abs_builddir)/%D%/step$(EXEEXT)' PYTHON='$(PYTHON)' $(SHELL) $(srcdir)/%D%/bench.sh $(BENCHFLAGS)
bench-boxes: %D%/calls$(EXEEXT) plumb$(EXEEXT)
	PLUMB='$(abs_builddir)/.libs/plumb' LD_LIBRARY_PATH='$(abs_builddir)/.libs' srcdir='$(abs_srcdir)' CC='$(CC)' $(SHELL) $(srcdir)/%D%/boxes.sh
bench-descent: %D%/descent$(EXEEXT)
	DESCENT='$(abs_builddir)/%D%/descent$(EXEEXT)' PYTHON='$(PYTHON)' srcdir='$(abs_srcdir)' $(SHELL) $(srcdir)/%D%/descent.sh
.PHONY: bench bench-boxes bench-descent
