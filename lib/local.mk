libplumbline_la_SOURCES += \
	%D%/base/alloc.c %D%/base/alloc.h \
	%D%/base/guard.c %D%/base/guard.h \
	%D%/base/random.c %D%/base/random.h \
	%D%/base/status.c \
	%D%/num/complex.c \
	%D%/num/debug.c \
	%D%/num/derived.h \
	%D%/num/dual.c \
	%D%/num/formula.c \
	%D%/num/generic.c \
	%D%/num/mpfr.c \
	%D%/num/native.c %D%/num/native.inc \
	%D%/num/rounding.c \
	%D%/num/work.c \
	%D%/tensor/dtype.c \
	%D%/tensor/npy.c \
	%D%/tensor/shape.c \
	%D%/ops/distance.c \
	%D%/ops/extreme.c \
	%D%/ops/functions.c \
	%D%/ops/helpers.c \
	%D%/ops/join.c \
	%D%/ops/logsum.c \
	%D%/ops/matmul.c \
	%D%/ops/movement.c \
	%D%/ops/mse.c \
	%D%/ops/op.c \
	%D%/ops/ops.def %D%/ops/ops.h \
	%D%/ops/pointwise.c \
	%D%/ops/reduce.c \
	%D%/ops/softmax.c \
	%D%/graph/graph.c \
	%D%/run/plan.c %D%/run/plan.h \
	%D%/run/pull.c \
	%D%/run/run.c \
	%D%/run/ties.c \
	%D%/descent/matrix.c \
	%D%/descent/sampler.c \
	%D%/descent/search.c \
	%D%/descent/sgd.c \
	%D%/descent/stepper.c \
	%D%/descent/steps.c
