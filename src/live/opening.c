/* From a source's name to an open source, and patience with boards that are not there. */
#include <errno.h>
#include <string.h>

#include "backend.h"
#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/io/plugged_boards.h"

enum {
	AWAY_POLL_US = 200000,    /* a board that is away is looked for so often */
	RESET_GRACE_US = 5000000, /* for a board to come back from a reset */
};

/* Something that waiting may mend: it is not plugged in, or its rights are not set yet. */
static bool may_pass(int error)
{
	static const int errors[] = {
		ENODEV, ENOENT, ENOTTY, EACCES, ENXIO, EBUSY, EIO, ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH,
	};
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (error == -errors[i])
			return true;
	return false;
}

/* One try. "auto" becomes the port of the only board. */
static int try_open(const struct session_config *config, struct source **ret, struct diag *diag)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *uri = config->uri;
	struct source *source;

	if (strcmp(uri, "auto") == 0) {
		int r = boards_pick(&path, diag);
		if (r < 0)
			return r;
		uri = strbuf_text(&path);
	}
	if (source_kind_of(uri) == &source_gdb)
		return diag_at(
			diag, (struct place){ .file = uri }, -EINVAL,
			"a GDB server has no console; memprof attach, snap, hex, objects, layout, check and sites --attach read its target's"
			" memory");
	int r = source_open(uri, &source, diag);
	if (r < 0)
		return r;
	r = source_set_line(source, &config->line, diag);
	if (r < 0)
		source_close(source);
	else
		*ret = source;
	return r;
}

/* Each new reason for waiting once. */
static void report_new(const struct session *s, int r, int *reported, const struct diag *diag)
{
	if (r != *reported && r != -ENODEV)
		notice_at(&s->config.notices, diag->at, "error", "%s", diag->text);
	*reported = r;
}

int opening_open(struct session *s, struct diag *diag)
{
	int r = try_open(&s->config, &s->source, diag), reported = r;

	if (r < 0 && s->config.wait && may_pass(r)) {
		notice_at(&s->config.notices, diag->at, "error", "%s", diag->text);
		notice_at(&s->config.notices, diag->at, "note", "%s", "waiting for it to be there (Ctrl-C ends that)");
		while (r < 0 && may_pass(r)) {
			stop_signals_sleep(s->stop, clock_now_us() + AWAY_POLL_US);
			if (stop_requested())
				return -EINTR;
			r = try_open(&s->config, &s->source, diag);
			if (r < 0)
				report_new(s, r, &reported, diag);
		}
	}
	return r == 0 || r == -EINVAL || r == -EINTR ? r : -ENODEV;
}

int opening_reopen(struct session *s)
{
	uint64_t until_us = s->config.wait ? NOT_KNOWN : clock_now_us() + RESET_GRACE_US;
	struct diag diag;
	int r = source_reopen(s->source, &diag), reported = -ENODEV;

	/* Reported once it was looked for: what is plugged in from here on may be it. */
	session_notice(s, "note",
		       s->config.wait ? "it is gone; waiting for it to come back" :
					"it is gone; if that was a reset, it comes back");
	if (r == -EPERM)
		report_new(s, r, &reported, &diag);
	while (r < 0 && r != -EPERM && clock_now_us() < until_us) { /* a password that was refused stays so */
		stop_signals_sleep(s->stop, clock_now_us() + AWAY_POLL_US);
		if (stop_requested())
			return -EINTR;
		r = source_reopen(s->source, &diag);
		if (r < 0)
			report_new(s, r, &reported, &diag);
	}
	if (r < 0)
		return -ENODEV;
	session_notice(s, "note", "it is back");
	return 0;
}
