libplumbline_la_SOURCES += \
	%D%/trainers/causes.c %D%/trainers/causes.h \
	%D%/trainers/check.c \
	%D%/trainers/drive.c \
	%D%/trainers/forms.c \
	%D%/trainers/free.c \
	%D%/trainers/shadow.c %D%/trainers/shadow.h \
	%D%/trainers/suppose.c \
	%D%/trainers/trajectory.c \
	%D%/convergence/convergence.h \
	%D%/convergence/course.c \
	%D%/convergence/momentum.c \
	%D%/convergence/matrix.c \
	%D%/convergence/squares.c \
	%D%/convergence/batches.c \
	%D%/convergence/logistic.c \
	%D%/convergence/redundant.c \
	%D%/convergence/stairs.c \
	%D%/convergence/chains.c \
	%D%/convergence/affine.c \
	%D%/convergence/noise.c \
	%D%/convergence/schedule.c \
	%D%/convergence/rows.c \
	%D%/convergence/bandit.c \
	%D%/convergence/smoothing.c \
	%D%/convergence/mdp.c %D%/convergence/mdp.h \
	%D%/convergence/policy.c \
	%D%/convergence/td.c \
	%D%/convergence/critic.c \
	%D%/convergence/experiments.c \
	%D%/convergence/follow.c \
	%D%/convergence/tests.c \
	%D%/convergence/trial.c \
	%D%/convergence/wide.c \
	%D%/convergence/game.c \
	%D%/convergence/quadratic.c \
	%D%/convergence/watch.c \
	%D%/box/batch.c \
	%D%/box/bench.c %D%/box/bench.h \
	%D%/box/check.c \
	%D%/box/contract.c %D%/box/contract.h \
	%D%/box/convention.c \
	%D%/box/determinism.c \
	%D%/box/judge.c \
	%D%/box/hull.c \
	%D%/box/kink.c %D%/box/kink.h \
	%D%/box/locate.c \
	%D%/box/point.c \
	%D%/box/ray.c \
	%D%/box/region.c \
	%D%/box/station.c \
	%D%/box/tell.c \
	%D%/box/twin.c \
	%D%/box/walk.h \
	%D%/subjects/arrays.c \
	%D%/subjects/box.c \
	%D%/subjects/callback.c \
	%D%/subjects/callee.c %D%/subjects/callee.h \
	%D%/subjects/curve.c \
	%D%/subjects/formula.c \
	%D%/subjects/graph.c \
	%D%/subjects/hello.c \
	%D%/subjects/members.c %D%/subjects/members.h \
	%D%/subjects/plugin.c \
	%D%/subjects/process.c %D%/subjects/process.h \
	%D%/subjects/program.c %D%/subjects/program.h \
	%D%/subjects/several.c \
	%D%/subjects/talk.c \
	%D%/subjects/twin.c %D%/subjects/twin.h \
	%D%/subjects/wire.h \
	%D%/routes/audited.c \
	%D%/routes/central.c \
	%D%/routes/complex.c \
	%D%/routes/difference.c \
	%D%/routes/forward.c \
	%D%/routes/regression.c %D%/routes/regression.h \
	%D%/routes/reverse.c \
	%D%/routes/route.c %D%/routes/routes.h \
	%D%/laws/backward.c \
	%D%/laws/batch.c \
	%D%/laws/chain.c \
	%D%/laws/laws.c %D%/laws/laws.h \
	%D%/laws/report.c \
	%D%/laws/taylor.c \
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
