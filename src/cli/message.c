#include "memprof/cli/message.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"

static bool quiet_now;
static void (*redirect)(void *ctx, const char *line, const char *text);
static void *redirect_ctx;

void message_quiet(bool quiet) { quiet_now = quiet; }

void message_redirect(void (*sink)(void *ctx, const char *line, const char *text), void *ctx)
{
	redirect = sink;
	redirect_ctx = ctx;
}

void message_line(const char *line)
{
	struct strbuf safe CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(&safe, line);
	text_disarm(&safe);
	fflush(stdout);
	fprintf(stderr, "%s\n", strbuf_error(&safe) ? line : strbuf_text(&safe));
}

/* "sim:" without its colon, as one follows; an expression of --defsym as "memprof: --defsym". */
static void print_name(struct strbuf *out, const char *file)
{
	size_t n = file ? strlen(file) : 0;

	if (!file || strncmp(file, "--", 2) == 0)
		strbuf_printf(out, "memprof%s", file ? ": " : "");
	strbuf_add(out, file, n > 1 && file[n - 1] == ':' ? n - 1 : n);
}

static void print(struct place at, const char *severity, const char *text)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	/* The command of an exec: source may be long; its first word identifies it. */
	size_t n_name = at.file && strncmp(at.file, "exec:", 5) == 0 ? strcspn(at.file, " ") : 0;
	if (n_name > 0 && at.file[n_name])
		strbuf_printf(&line, "%.*s ...", (int)n_name, at.file);
	else
		print_name(&line, at.file);
	if (at.file && at.line)
		strbuf_printf(&line, ":%" PRIu64, at.line);
	if (at.file && at.line && at.col)
		strbuf_printf(&line, ":%" PRIu32, at.col);
	strbuf_printf(&line, ": %s: ", severity);
	text_visible(&clean, strbuf_text(&line), line.n_bytes, false);
	size_t i_text = clean.n_bytes;
	text_visible(&clean, text, strlen(text), false);
	if (redirect) {
		redirect(redirect_ctx, strbuf_text(&clean), strbuf_text(&clean) + MIN(i_text, clean.n_bytes));
		return;
	}
	message_line(strbuf_text(&clean));
}

void message_error(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print((struct place){ 0 }, "error", text);
}

void message_diag(const struct diag *diag) { print(diag->at, "error", diag->text); }

int message_result(int result, const struct diag *diag)
{
	if (result < 0)
		message_diag(diag);
	return result;
}

void message_at(struct place at, const char *severity, const char *format, ...)
{
	char text[512];
	va_list args;

	if (quiet_now && strcmp(severity, "error") != 0)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print(at, severity, text);
}

static void print_notice(void *ctx, const struct notice *notice)
{
	(void)ctx;
	message_at(notice->at, notice->severity, "%s", notice->text);
}

const struct notice_sink message_notices = { .report = print_notice };
