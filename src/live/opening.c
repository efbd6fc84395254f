#include "memprof/live/opening.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/live/plugged_boards.h"

enum {
	AWAY_POLL_US = 200000,       /* a board that is away is looked for so often */
	RESET_GRACE_US = 5000000,    /* for a board to come back from a reset */
	BAUD_OF_BOOT_LOADERS = 1200, /* with DTR off: the "touch" that Arduino began */
};

/* The argument at i, if it is there, names the source; without it the only board is meant. */
static const char *source_argument(const struct options *options, int i)
{
	if (options->n_args <= i + 1)
		return options->n_args == i + 1 ? options->args[i] : "auto";
	message_error("one source at a time; what is '%s'? (exec:'COMMAND with arguments' needs quotes)",
		      options->args[i + 1]);
	return NULL;
}

/* Opening a file says best what is wrong with it, if something is. */
static int refuse_file(const char *uri)
{
	struct source *file;
	struct diag diag;
	int r = source_open(uri, &file, &diag);

	if (r == 0) {
		source_close(file);
		message_at((struct place){ .file = uri }, "error",
			   "this is a file, not a board; memprof report"
			   " reads it");
		return -EINVAL;
	}
	message_diag(&diag);
	if (r == -ENOENT && !strchr(uri, '/'))
		message_at((struct place){ 0 }, "note",
			   "a port is named like /dev/ttyACM0 (memprof devices lists"
			   " them), a socket tcp:HOST:PORT, a program that is to be started exec:%s",
			   uri);
	return -ENODEV;
}

static enum line_level read_level(const struct options *options, const char *name)
{
	const char *value = option_value(options, name);

	return !value ? LINE_KEEP : strcmp(value, "on") == 0 ? LINE_ON : LINE_OFF;
}

static int read_line_options(const struct options *options, struct source_line *ret)
{
	const char *baud = option_value(options, "baud");
	uint64_t n = 0;

	if (baud && (number_parse(baud, &n) < 0 || n == 0 || n > 20000000)) {
		message_error("--baud takes bits per second, such as 115200, not '%s'", baud);
		return -EINVAL;
	}
	if (n == BAUD_OF_BOOT_LOADERS) {
		message_error("--baud 1200 makes many boards enter their boot loader; choose another speed");
		return -EINVAL;
	}
	ret->baud = (uint32_t)n;
	ret->dtr = read_level(options, "dtr");
	ret->rts = read_level(options, "rts");
	return 0;
}

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
static int try(const struct opening *o, struct source **ret, struct diag *diag)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *uri = o->uri;
	struct source *source;

	if (strcmp(uri, "auto") == 0) {
		int r = boards_pick(&path, diag);
		if (r < 0)
			return r;
		uri = strbuf_text(&path);
	}
	int r = source_open(uri, &source, diag);
	if (r < 0)
		return r;
	r = source_set_line(source, &o->line, diag);
	if (r < 0)
		source_close(source);
	else
		*ret = source;
	return r;
}

/* Each new reason for waiting once. */
static void say_new(int r, int *said, const struct diag *diag)
{
	if (r != *said && r != -ENODEV)
		message_diag(diag);
	*said = r;
}

int opening_open(const struct opening *o, const struct stopping *stopping, struct diag *quiet, struct source **ret)
{
	struct diag here, *diag = quiet ? quiet : &here;
	int r = try(o, ret, diag), said = r;

	if (r < 0 && o->wait && may_pass(r)) {
		message_diag(diag);
		message_at((struct place){ 0 }, "note", "waiting for it to be there (Ctrl-C ends that)");
		while (r < 0 && may_pass(r)) {
			stopping_sleep(stopping, clock_now_us() + AWAY_POLL_US);
			if (stopping_take())
				return -EINTR;
			r = try(o, ret, diag);
			if (r < 0)
				say_new(r, &said, diag);
		}
	} else if (r < 0 && !quiet) {
		message_diag(diag);
	}
	return r == 0 || r == -EINVAL ? r : -ENODEV;
}

int opening_reopen(const struct opening *o, struct source *source, const struct stopping *stopping)
{
	uint64_t until_us = o->wait ? NOT_KNOWN : clock_now_us() + RESET_GRACE_US;
	struct diag diag;
	int r = source_reopen(source, &diag), said = -ENODEV;

	/* Said once it was looked for: what is plugged in from here on may be it. */
	message_at((struct place){ .file = source_path(source) }, "note",
		   o->wait ? "it is gone; waiting for it to come back" :
			     "it is gone; if that was a reset, it comes back");
	while (r < 0 && clock_now_us() < until_us) {
		stopping_sleep(stopping, clock_now_us() + AWAY_POLL_US);
		if (stopping_take())
			return -EINTR;
		r = source_reopen(source, &diag);
		if (r < 0)
			say_new(r, &said, &diag);
	}
	if (r < 0)
		return -ENODEV;
	message_at((struct place){ .file = source_path(source) }, "note", "it is back");
	return 0;
}

int opening_read(struct opening *ret, const struct options *options, int i_argument)
{
	*ret = (struct opening){ .uri = source_argument(options, i_argument),
				 .line = SOURCE_LINE_KEEP,
				 .wait = option_is(options, "wait") };
	if (!ret->uri || read_line_options(options, &ret->line) < 0)
		return -EINVAL;
	if (strcmp(ret->uri, "auto") != 0 && !source_kind_of(ret->uri)->live)
		return refuse_file(ret->uri);
	return 0;
}
