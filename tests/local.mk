# One program per concern, each speaking TAP; scripts end in .t
AM_TESTS_ENVIRONMENT = CC='$(CC)'; export CC; PLUMB='$(abs_builddir)/plumb'; export PLUMB; \
	srcdir='$(abs_srcdir)'; export srcdir; \
	OMP_NUM_THREADS=2; export OMP_NUM_THREADS; \
	OMP_WAIT_POLICY=passive; export OMP_WAIT_POLICY;
TEST_EXTENSIONS = .t
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
T_LOG_DRIVER = $(LOG_DRIVER)
LDADD = libplumbcli.la libplumbline.la $(OPENBLAS_LIBS) $(MPFR_LIBS) $(JANSSON_LIBS)

check_PROGRAMS += \
	%D%/t-agree \
	%D%/t-blas \
	%D%/t-callback \
	%D%/t-compare \
	%D%/t-descent \
	%D%/t-faults \
	%D%/t-formula \
	%D%/t-hidden \
	%D%/t-hostile \
	%D%/t-innocent \
	%D%/t-laws \
	%D%/t-models \
	%D%/t-naive \
	%D%/t-num \
	%D%/t-planted \
	%D%/t-recorded \
	%D%/t-regression \
	%D%/t-rounding \
	%D%/t-routes \
	%D%/t-run \
	%D%/t-same \
	%D%/t-trials \
	%D%/t-ties
%C%_t_agree_SOURCES = %D%/t-agree.c %D%/collect.h %D%/models.h %D%/tap.h
%C%_t_blas_SOURCES = %D%/t-blas.c %D%/tap.h
%C%_t_callback_SOURCES = %D%/t-callback.c %D%/tap.h
%C%_t_compare_SOURCES = %D%/t-compare.c %D%/tap.h
%C%_t_descent_SOURCES = %D%/t-descent.c %D%/tap.h
%C%_t_faults_SOURCES = %D%/t-faults.c %D%/collect.h %D%/tap.h
%C%_t_formula_SOURCES = %D%/t-formula.c %D%/tap.h
%C%_t_hidden_SOURCES = %D%/t-hidden.c %D%/draw.h %D%/tap.h
%C%_t_hostile_SOURCES = %D%/t-hostile.c %D%/tap.h
%C%_t_innocent_SOURCES = %D%/t-innocent.c %D%/draw.h %D%/tap.h
%C%_t_laws_SOURCES = %D%/t-laws.c %D%/collect.h %D%/models.h %D%/tap.h
%C%_t_models_SOURCES = %D%/t-models.c %D%/collect.h %D%/models.h %D%/tap.h
%C%_t_models_LDADD = $(LDADD) $(GSL_LIBS)
%C%_t_naive_SOURCES = %D%/t-naive.c %D%/naive/adaptors.c %D%/naive/choice.c %D%/naive/losses.c %D%/naive/naive.c \
	%D%/naive/naive.h %D%/naive/numbers.c %D%/naive/numbers.h %D%/naive/pointwise.c %D%/naive/pointwise.h \
	%D%/naive/problems.c %D%/naive/problems.h %D%/tap.h
%C%_t_num_SOURCES = %D%/t-num.c %D%/tap.h
%C%_t_planted_SOURCES = %D%/t-planted.c %D%/planted/choices.c %D%/planted/choices.h %D%/planted/hands.c \
	%D%/planted/planted.c %D%/planted/planted.h %D%/planted/slopes.c %D%/collect.h %D%/tap.h
%C%_t_recorded_SOURCES = %D%/t-recorded.c %D%/tap.h
%C%_t_regression_SOURCES = %D%/t-regression.c %D%/regression/functions.inc %D%/tap.h
%C%_t_regression_LDADD = $(LDADD) $(GSL_LIBS)
%C%_t_rounding_SOURCES = %D%/t-rounding.c %D%/collect.h %D%/tap.h
%C%_t_routes_SOURCES = %D%/t-routes.c %D%/collect.h %D%/tap.h
%C%_t_same_SOURCES = %D%/t-same.c %D%/same/layer.h %D%/tap.h
%C%_t_run_SOURCES = %D%/t-run.c %D%/tap.h
%C%_t_ties_SOURCES = %D%/t-ties.c %D%/tap.h
%C%_t_trials_SOURCES = %D%/t-trials.c %D%/tap.h
dist_check_SCRIPTS += %D%/adapters.t %D%/cli.t %D%/consumer.t %D%/contract.t %D%/docs.t %D%/foreign.t %D%/traps.t %D%/twins.t %D%/homework.t %D%/house.t %D%/museum.t %D%/report.t %D%/trainers.t

EXTRA_DIST += %D%/shell.inc %D%/contract/offenders.c %D%/same/program.c %D%/foreign/frames.py %D%/foreign/liar.c %D%/foreign/pair.c %D%/traps/cases_public.py %D%/traps/gradcorpus.py %D%/traps/list.py %D%/traps/serve.py
EXTRA_DIST += %D%/homework/layers.c %D%/homework/layers.py
EXTRA_DIST += %D%/recorded/mynet.py %D%/recorded/mynet-cross_entropy.f64 %D%/recorded/mynet-squared.f64
EXTRA_DIST += %D%/trainers/forms.py %D%/trainers/record.py %D%/trainers/trainer.c %D%/trainers/wrong.txt
EXTRA_DIST += %D%/trainers/right-adagrad-f32.npz %D%/trainers/right-adagrad-f64.npz %D%/trainers/right-adam-f32.npz %D%/trainers/right-adam-f64.npz
EXTRA_DIST += %D%/trainers/right-adamw-f32.npz %D%/trainers/right-adamw-f64.npz %D%/trainers/right-damped-f32.npz %D%/trainers/right-damped-f64.npz
EXTRA_DIST += %D%/trainers/right-momentum-f32.npz %D%/trainers/right-momentum-f64.npz %D%/trainers/right-nesterov-f32.npz
EXTRA_DIST += %D%/trainers/right-nesterov-f64.npz %D%/trainers/right-rmsprop-f32.npz %D%/trainers/right-rmsprop-f64.npz %D%/trainers/right-sgd-f32.npz
EXTRA_DIST += %D%/trainers/right-sgd-f64.npz %D%/trainers/wrong-adam-for-adamw.npz %D%/trainers/wrong-amsgrad.npz %D%/trainers/wrong-clipped.npz
EXTRA_DIST += %D%/trainers/wrong-count.npz %D%/trainers/wrong-eps-inside.npz %D%/trainers/wrong-extra-decay.npz %D%/trainers/wrong-fading.npz
EXTRA_DIST += %D%/trainers/wrong-frozen.npz %D%/trainers/wrong-late-schedule.npz %D%/trainers/wrong-mu.npz %D%/trainers/wrong-no-correction.npz
EXTRA_DIST += %D%/trainers/wrong-no-decay.npz %D%/trainers/wrong-no-second-correction.npz %D%/trainers/wrong-not-nesterov.npz
EXTRA_DIST += %D%/trainers/wrong-not-zeroed.npz %D%/trainers/wrong-plain.npz %D%/trainers/wrong-rate.npz %D%/trainers/wrong-repeated.npz
EXTRA_DIST += %D%/trainers/wrong-short.npz %D%/trainers/wrong-single.npz %D%/trainers/wrong-stale-always.npz %D%/trainers/wrong-stale.npz
EXTRA_DIST += %D%/trainers/wrong-sum.npz %D%/trainers/wrong-up.npz

# The same with twenty seeds, every width, more failing allocations and two thousand runs of the tests on samples: about half an hour.
check-long: check
	@$(AM_TESTS_ENVIRONMENT) TRAPS=all $(SHELL) $(srcdir)/tests/traps.t > tests/long-traps.out || { cat tests/long-traps.out; exit 1; }
	@! grep '^not ok' tests/long-traps.out
	@set -e; $(AM_TESTS_ENVIRONMENT) for t in 'planted 20' 'rounding all' 'faults all' 'descent 20' 'trials 2000'; do \
	  set -- $$t; echo "t-$$1 $$2"; tests/t-$$1 $$2 > tests/long-$$1.out || { grep '^not ok' tests/long-$$1.out; exit 1; }; \
	  tail -n 1 tests/long-$$1.out; done
.PHONY: check-long
CLEANFILES += tests/long-*.out
