libplumbline_la_SOURCES += \
	%D%/escape.c %D%/escape.h \
	%D%/file.c %D%/file.h \
	%D%/html.c \
	%D%/json.c %D%/json.h \
	%D%/progress.c \
	%D%/tap.c \
	%D%/tee.c \
	%D%/text.c
