# The public headers are installed below $(includedir) without the leading include/.
plumbincludedir = $(includedir)/plumbline
plumbinclude_HEADERS = \
	%D%/plumbline/box.h \
	%D%/plumbline/check.h \
	%D%/plumbline/descent.h \
	%D%/plumbline/experiment.h \
	%D%/plumbline/formula.h \
	%D%/plumbline/gradcheck.h \
	%D%/plumbline/graph.h \
	%D%/plumbline/model.h \
	%D%/plumbline/num.h \
	%D%/plumbline/op.h \
	%D%/plumbline/plumbline.h \
	%D%/plumbline/route.h \
	%D%/plumbline/run.h \
	%D%/plumbline/sink.h \
	%D%/plumbline/status.h \
	%D%/plumbline/subject.h \
	%D%/plumbline/tensor.h \
	%D%/plumbline/trainer.h \
	%D%/plumbline/work.h
