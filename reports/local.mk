libplumbline_la_SOURCES += \
	%D%/baseline.c \
	%D%/courses.c \
	%D%/dot.c %D%/dot.h \
	%D%/escape.c %D%/escape.h \
	%D%/file.c %D%/file.h \
	%D%/hint.c \
	%D%/html.c %D%/html.h \
	%D%/pictures.c %D%/plots.h \
	%D%/recorder.c \
	%D%/program.c %D%/program.h \
	%D%/section.c \
	%D%/show.c \
	%D%/json.c %D%/json.h \
	%D%/junit.c \
	%D%/load.c %D%/load.h \
	%D%/progress.c \
	%D%/tap.c \
	%D%/tee.c \
	%D%/text.c
