#include "memprof/base/diag.h"

#include <stdarg.h>
#include <stdio.h>

static int fill(struct diag *diag, struct place at, int ret, const char *format, va_list args)
	__attribute__((format(printf, 4, 0)));
static int fill(struct diag *diag, struct place at, int ret, const char *format, va_list args)
{
	if (diag) {
		diag->at = at;
		if (at.file && at.file != diag->file)
			snprintf(diag->file, sizeof(diag->file), "%s", at.file);
		diag->at.file = at.file ? diag->file : NULL;
		vsnprintf(diag->text, sizeof(diag->text), format, args);
	}
	return ret;
}

int diag_at(struct diag *diag, struct place at, int ret, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ret = fill(diag, at, ret, format, args);
	va_end(args);
	return ret;
}

int diag_set(struct diag *diag, int ret, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ret = fill(diag, (struct place){ 0 }, ret, format, args);
	va_end(args);
	return ret;
}

void notice_at(const struct notice_sink *sink, struct place at, const char *severity, const char *format, ...)
{
	char text[512];
	va_list args;

	if (!sink->report)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	sink->report(sink->ctx, &(struct notice){ severity, at, text });
}
