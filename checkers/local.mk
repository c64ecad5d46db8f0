libplumbline_la_SOURCES += \
	%D%/subjects/curve.c \
	%D%/subjects/foreign.c \
	%D%/subjects/formula.c \
	%D%/subjects/graph.c \
	%D%/subjects/process.c %D%/subjects/process.h \
	%D%/routes/audited.c \
	%D%/routes/central.c \
	%D%/routes/complex.c \
	%D%/routes/difference.c \
	%D%/routes/forward.c \
	%D%/routes/reverse.c \
	%D%/routes/route.c %D%/routes/routes.h \
	%D%/laws/backward.c \
	%D%/laws/batch.c \
	%D%/laws/chain.c \
	%D%/laws/laws.c %D%/laws/laws.h \
	%D%/laws/report.c \
	%D%/laws/taylor.c \
	%D%/laws/twin.c \
	%D%/judge/audit.c \
	%D%/judge/check.c \
	%D%/judge/compare.c \
	%D%/judge/directions.c \
	%D%/judge/figures.c \
	%D%/judge/findings.c \
	%D%/judge/judge.h \
	%D%/judge/kinks.c \
	%D%/judge/pairs.c \
	%D%/judge/sample.c \
	%D%/judge/verdict.c
