#define _GNU_SOURCE /* ppoll */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/clock.h"
#include "memprof/number.h"
#include "memprof/stream.h"
#include "memprof/strbuf.h"
#include "boards.h"
#include "message.h"

enum {
	READ_BYTES = 16 * 1024,
	BOOT_US = 3000000,          /* QEMU and the like, until they say something */
	HELPER_TIMEOUT_US = 15000000,
	STOP_PATIENCE_US = 5000000, /* for a program to end after Ctrl-C */
	LEAVE_US = 1500000,
	RESET_GRACE_US = 5000000,   /* for a board to come back from a reset */
	RETURN_POLL_US = 200000,    /* a board that is away is looked for so often */
};

/* __import__ leaves no name behind; the names it needs are in every firmware's flash. */
const char session_snapshot_code[] = "__import__('micropython').mem_info(1)";

struct session {
	struct source *source;
	struct repl    repl;
	struct session_handler handler;
	void          *decoder_state;   /* of decoder_mem_info */
	uint64_t       started_us;
	const char    *save_path;
	int            save_fd;         /* -1: nothing is saved */
	bool           save_failed;
	bool           save_created;    /* by us, just now */
	struct strbuf  save_older;      /* where --force has put what was there before */
	bool           saved;           /* something of the board's is in it */
	bool           gone_said;
	bool           signals_caught;
	bool           ready;           /* the prompt is ours */
	bool           gone, finished;  /* finished: the protocol knows that it is gone */
	bool           in_helper;
	enum repl_event_kind last_kind;
	struct strbuf  helper_output;   /* of the last helper */
	struct strbuf  traceback;
	struct repl_options repl_options;
	struct source_line line;
	bool           wait;            /* --wait: for ever, for a board that is not there */
	struct sigaction old_int, old_term, old_hup;
	sigset_t       old_mask;
	char           bytes[READ_BYTES]; /* what was read last; the protocol's events point into it */
};

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
	(void)number;
	stop_asked = 1;
}

uint64_t session_now_us(const struct session *s) { return clock_now_us() - s->started_us; }
const char *session_source_name(const struct session *s) { return source_path(s->source); }
int session_exit_code(struct session *s) { return source_exit_code(s->source); }

const char *session_traceback(const struct session *s, size_t *ret_n)
{
	*ret_n = s->traceback.n_bytes;
	return strbuf_text(&s->traceback);
}

/* ---- --save ---- */

static void save_text(struct session *s, const struct strbuf *text)
{
	size_t n_done = 0;
	ssize_t n = 0;

	if (s->save_fd < 0 || s->save_failed)
		return;
	while (n >= 0 && n_done < text->n_bytes && !strbuf_error(text)) {
		n = write(s->save_fd, text->text + n_done, text->n_bytes - n_done);
		if (n < 0 && errno == EINTR)
			n = 0;
		n_done += n > 0 ? (size_t)n : 0;
	}
	if (n >= 0 && !strbuf_error(text))
		return;
	s->save_failed = true;
	message_at((struct place){ .file = s->save_path }, "error", "%s; nothing more is saved",
		   n < 0 ? strerror(errno) : "out of memory");
}

static void save_head(struct session *s)
{
	struct strbuf head CLEANUP(strbuf_deinit) = STRBUF_INIT;

	stream_head(&head, clock_wall_us(), source_name(s->source));
	save_text(s, &head);
}

static void save(struct session *s, char direction, const void *bytes, size_t n)
{
	struct strbuf chunk CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (s->save_fd < 0 || n == 0)
		return;
	if (!s->saved)
		save_head(s);
	s->saved = true;
	stream_chunk(&chunk, session_now_us(s), direction, bytes, n);
	save_text(s, &chunk);
}

/* --force: the older file stays as FILE~. A pipe or a device is written to as it is. */
static void open_over(struct session *s)
{
	struct stat st;

	if (stat(s->save_path, &st) == 0 && !S_ISREG(st.st_mode)) {
		s->save_fd = open(s->save_path, O_WRONLY | O_CLOEXEC);
		return;
	}
	strbuf_printf(&s->save_older, "%s~", s->save_path);
	if (strbuf_error(&s->save_older) || rename(s->save_path, strbuf_text(&s->save_older)) != 0) {
		strbuf_reset(&s->save_older);
		return;
	}
	s->save_fd = open(s->save_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	s->save_created = s->save_fd >= 0;
}

static int open_save(struct session *s, const struct options *options)
{
	const char *path = option_value(options, "save");

	s->save_fd = -1;
	s->save_path = path;
	if (!path)
		return 0;
	s->save_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	s->save_created = s->save_fd >= 0;
	if (s->save_fd < 0 && errno == EEXIST && option_is(options, "force"))
		open_over(s);
	if (s->save_fd >= 0)
		return 0;
	if (errno == EEXIST)
		message_at((struct place){ .file = path }, "error", "it is there already, and may be all that"
			   " is left of another day; --force replaces it");
	else
		message_at((struct place){ .file = path }, "error", "cannot write there: %s",
			   strerror(errno));
	return -EINVAL;
}

bool session_save_failed(const struct session *s) { return s->save_failed; }

/* ---- what comes ---- */

static void decode(struct session *s, const char *bytes, size_t n)
{
	struct event event;
	struct diag diag;

	decoder_mem_info.feed(s->decoder_state, (const uint8_t *)bytes, n, session_now_us(s));
	while (decoder_mem_info.next_event(s->decoder_state, &event, &diag) == DECODER_EVENT) {
		/* That our own commands find no memory is no error of the program's. */
		if (s->handler.on_event && !(s->in_helper && event.kind == EVENT_FAILED))
			s->handler.on_event(s->handler.of, &event);
	}
}

/* An event of the protocol: what it means for whoever waits. */
static enum session_outcome take(struct session *s, const struct repl_event *event)
{
	s->last_kind = event->kind;
	switch (event->kind) {
	case REPL_READY:
		s->ready = true;
		return SESSION_READY;
	case REPL_BUSY:
	case REPL_TYPED:
	case REPL_NO_RESET:
		s->ready = false;
		return SESSION_LISTENING;
	case REPL_CONSOLE:
		decode(s, event->bytes, event->n_bytes);
		return SESSION_GOES_ON;
	case REPL_OUTPUT:
		if (s->in_helper) {
			strbuf_add(&s->helper_output, event->bytes, event->n_bytes);
			decode(s, event->bytes, event->n_bytes);
		} else if (s->handler.on_output) {
			s->handler.on_output(s->handler.of, event->bytes, event->n_bytes);
		}
		return SESSION_GOES_ON;
	case REPL_DONE:
		strbuf_reset(&s->traceback);
		strbuf_add(&s->traceback, event->bytes, event->n_bytes);
		return event->raised ? SESSION_RAISED : SESSION_DONE;
	case REPL_RESTARTED:
	case REPL_REBOOTED:
		s->ready = s->repl.state == REPL_S_READY; /* else a prompt is looked for */
		if (s->handler.on_reset)
			s->handler.on_reset(s->handler.of);
		return SESSION_RESTARTED;
	case REPL_STUCK:
		s->ready = false;
		s->gone_said = true;
		message_at((struct place){ .file = source_path(s->source) }, "error", "the board stopped"
			   " answering in the middle of a program; is somebody else reading the same port?");
		return SESSION_GONE;
	case REPL_LEFT:
		s->ready = false;
		return SESSION_DONE;
	}
	return SESSION_GOES_ON;
}

static void flush_outbox(struct session *s)
{
	size_t n;
	const char *bytes = repl_outbox(&s->repl, &n);

	while (n > 0) {
		ssize_t sent = source_write(s->source, bytes, n);
		if (sent <= 0) {
			s->gone |= sent < 0 && sent != -EAGAIN;
			return;
		}
		save(s, '>', bytes, (size_t)sent);
		repl_sent(&s->repl, (size_t)sent);
		bytes = repl_outbox(&s->repl, &n);
	}
}

static void receive(struct session *s)
{
	ssize_t n = source_read(s->source, s->bytes, sizeof(s->bytes));

	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		s->gone = true;
		return;
	}
	save(s, '<', s->bytes, (size_t)n);
	repl_feed(&s->repl, s->bytes, (size_t)n, clock_now_us());
}

static struct timespec until(uint64_t at_us)
{
	uint64_t now_us = clock_now_us(), left_us = at_us > now_us ? at_us - now_us : 0;

	return (struct timespec){ (time_t)(left_us / 1000000), (long)(left_us % 1000000 * 1000) };
}

/* Runs the loop until the protocol has news, the time is over, or somebody wants to stop. */
static enum session_outcome loop(struct session *s, uint64_t until_us, bool stop_counts)
{
	for (;;) {
		struct repl_event event;
		while (repl_next_event(&s->repl, &event)) {
			enum session_outcome outcome = take(s, &event);
			if (outcome != SESSION_GOES_ON) {
				flush_outbox(s);        /* the last word, if there is one */
				return outcome;
			}
		}
		if (s->gone && !s->finished) {
			s->finished = true;
			repl_finish(&s->repl);
			continue;
		}
		if (s->gone)
			return SESSION_GONE;
		flush_outbox(s);
		if (stop_counts && stop_asked)
			return SESSION_STOPPED;
		if (clock_now_us() >= until_us)
			return SESSION_TIME;
		size_t n_out;
		repl_outbox(&s->repl, &n_out);
		struct pollfd fd = { source_fd(s->source), (short)(POLLIN | (n_out ? POLLOUT : 0)), 0 };
		uint64_t wake_us = MIN(until_us, repl_deadline(&s->repl));
		struct timespec timeout = until(wake_us);
		ppoll(&fd, 1, wake_us == NOT_KNOWN ? NULL : &timeout, stop_counts ? &s->old_mask : NULL);
		if (fd.revents & (POLLIN | POLLHUP | POLLERR))
			receive(s);
		repl_tick(&s->repl, clock_now_us());
	}
}

void session_say_gone(struct session *s)
{
	struct place at = { .file = source_path(s->source) };
	int code = s->gone_said ? -1 : source_exit_code(s->source);

	if (s->gone_said || s->handler.quiet)
		return;
	if (code == 127)
		message_at(at, "error", "the command was not found");
	else if (code >= 0)
		message_at(at, "error", "the process ended, with exit code %d", code);
	else
		message_at(at, "error", "the board is gone");
}

void session_say_raised(struct session *s)
{
	const char *text = strbuf_text(&s->traceback);
	size_t n = s->traceback.n_bytes, from;

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	for (from = n; from > 0 && text[from - 1] != '\n';)
		from--;
	message_at((struct place){ .file = source_path(s->source) }, "error", "it could not be asked about its"
		   " heap; it answered: %.*s", (int)(n - from), text + from);
}

/* ---- opening ---- */

static void say_listening(const struct session *s, enum repl_event_kind kind)
{
	struct place at = { .file = source_path(s->source) };

	if (s->handler.quiet)
		return;
	if (kind == REPL_TYPED)
		message_at(at, "error", "half a line is typed at its prompt; nothing was changed. Finish it, or"
			   " let --interrupt throw it away");
	else if (kind == REPL_NO_RESET)
		message_at(at, "error", "this build of MicroPython ends when it is reset; start it again"
			   " instead of --reset");
	else if (s->handler.needs_prompt)
		message_at(at, "error", "no MicroPython prompt answers: a program runs there, and was not"
			   " disturbed; --interrupt stops it, --reset starts afresh");
	else
		message_at(at, "note", "a program runs there, and was not disturbed; waiting for dumps that it"
			   " prints itself. To ask the board: --interrupt stops the program, --reset starts"
			   " afresh, 'memprof run SCRIPT' runs a program and follows its heap");
}

enum session_outcome session_find(struct session *s)
{
	enum session_outcome outcome = s->ready ? SESSION_READY : SESSION_RESTARTED;

	while (outcome == SESSION_RESTARTED)
		outcome = loop(s, NOT_KNOWN, true);
	if (outcome != SESSION_LISTENING || s->repl_options.listen_only)
		return outcome;
	say_listening(s, s->last_kind);
	return s->last_kind == REPL_BUSY ? SESSION_LISTENING : SESSION_GONE;
}

static void stop_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGHUP);
}

/* Somebody wants to stop, also while signals were blocked. Takes the wish. */
static bool take_stop(void)
{
	const struct timespec now = { 0 };
	sigset_t stops;
	bool any = stop_asked;

	stop_signals(&stops);
	while (sigtimedwait(&stops, NULL, &now) > 0)
		any = true;
	stop_asked = 0;
	return any;
}

static void catch_signals(struct session *s)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t stops;

	stop_asked = 0;
	s->signals_caught = true;
	sigaction(SIGINT, &action, &s->old_int);
	sigaction(SIGTERM, &action, &s->old_term);
	sigaction(SIGHUP, &action, &s->old_hup);
	stop_signals(&stops);
	sigprocmask(SIG_BLOCK, &stops, &s->old_mask); /* they come in ppoll only */
}

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
		message_at((struct place){ .file = uri }, "error", "this is a file, not a board; memprof report"
			   " reads it");
		return -EINVAL;
	}
	message_diag(&diag);
	if (r == -ENOENT && !strchr(uri, '/'))
		message_at((struct place){ 0 }, "note", "a program that is to be started is named exec:%s", uri);
	return -ENODEV;
}

static int read_level(const struct options *options, const char *name, enum line_level *ret)
{
	const char *value = option_value(options, name);

	*ret = LINE_KEEP;
	if (!value)
		return 0;
	if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0) {
		message_error("--%s takes on or off, not '%s'", name, value);
		return -EINVAL;
	}
	*ret = value[1] == 'n' ? LINE_ON : LINE_OFF;
	return 0;
}

static int read_line_options(const struct options *options, struct source_line *ret)
{
	const char *baud = option_value(options, "baud");
	uint64_t n = 0;

	if (baud && (number_parse(baud, &n) < 0 || n == 0 || n > 20000000)) {
		message_error("--baud takes bits per second, such as 115200, not '%s'", baud);
		return -EINVAL;
	}
	ret->baud = (uint32_t)n;
	int r = read_level(options, "dtr", &ret->dtr);
	return r < 0 ? r : read_level(options, "rts", &ret->rts);
}

/* Waits a little, unless somebody wants to stop. */
static bool doze(const struct session *s)
{
	const struct timespec pause = { 0, RETURN_POLL_US * 1000L };

	ppoll(NULL, 0, &pause, &s->old_mask);
	return !stop_asked;
}

/* Something that waiting may mend: it is not plugged in, or its rights are not set yet. */
static bool may_pass(int error)
{
	return error == -ENODEV || error == -ENOENT || error == -EACCES || error == -ENXIO ||
	       error == -ECONNREFUSED || error == -EBUSY || error == -EIO;
}

/* One try. "auto" becomes the port of the only board. */
static int open_source(struct session *s, const char *uri, struct diag *diag)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (strcmp(uri, "auto") == 0) {
		int r = boards_pick(&path, diag);
		if (r < 0)
			return r;
		uri = strbuf_text(&path);
	}
	int r = source_open(uri, &s->source, diag);
	if (r < 0)
		return r;
	r = source_set_line(s->source, &s->line, diag);
	if (r < 0) {
		source_close(s->source);
		s->source = NULL;
	}
	return r;
}

static int open_patiently(struct session *s, const char *uri)
{
	struct diag diag;
	int r = open_source(s, uri, &diag);

	if (r < 0 && s->wait && may_pass(r)) {
		message_diag(&diag);
		message_at((struct place){ 0 }, "note", "waiting for it");
		while (r < 0 && may_pass(r))
			if (doze(s))
				r = open_source(s, uri, &diag);
			else
				return -EINTR;
	}
	if (r < 0 && !s->handler.quiet)
		message_diag(&diag);
	return r == 0 || r == -EINVAL ? r : -ENODEV;
}

static void begin(struct session *s)
{
	s->repl_options.boot_us = source_is_process(s->source) ? BOOT_US : 0;
	repl_init(&s->repl, &s->repl_options, clock_now_us());
}

int session_open(struct session **ret, const struct options *options, int i_argument,
		 const struct session_handler *handler, enum session_outcome *ret_outcome)
{
	const char *uri = source_argument(options, i_argument);
	struct source_line line = SOURCE_LINE_KEEP;

	*ret = NULL;
	if (!uri || read_line_options(options, &line) < 0)
		return -EINVAL;
	if (strcmp(uri, "auto") != 0 && !source_kind_of(uri)->live)
		return refuse_file(uri);
	struct session *s = calloc(1, sizeof(*s));
	void *decoder_state = calloc(1, decoder_mem_info.state_bytes);
	if (!s || !decoder_state) {
		free(s);
		free(decoder_state);
		message_error("out of memory");
		return -ENOMEM;
	}
	s->decoder_state = decoder_state;
	s->handler = *handler;
	s->line = line;
	s->wait = option_is(options, "wait");
	s->repl_options = (struct repl_options){
		.interrupt = option_is(options, "interrupt"), .reset = option_is(options, "reset"),
		.listen_only = option_is(options, "listen-only"),
	};
	int r = open_save(s, options);
	if (r == 0) {
		catch_signals(s);
		r = open_patiently(s, uri);
	}
	if (r < 0) {
		session_close(s);
		return r;
	}
	s->started_us = clock_now_us();
	begin(s);
	*ret = s;
	*ret_outcome = session_find(s);
	if (*ret_outcome == SESSION_GONE)
		session_say_gone(s);
	return 0;
}

/* What the decoder still holds becomes events. */
static void finish_decoder(struct session *s)
{
	struct event event;
	struct diag diag;

	decoder_mem_info.finish(s->decoder_state);
	while (decoder_mem_info.next_event(s->decoder_state, &event, &diag) == DECODER_EVENT)
		if (s->handler.on_event)
			s->handler.on_event(s->handler.of, &event);
	decoder_mem_info.deinit(s->decoder_state);
}

enum session_outcome session_return(struct session *s)
{
	uint64_t until_us = s->wait ? NOT_KNOWN : clock_now_us() + RESET_GRACE_US;
	struct diag diag;
	int r = -ENODEV;

	if (!s->gone || !source_may_return(s->source) || (!s->wait && !source_is_port(s->source)))
		return SESSION_GONE;
	finish_decoder(s);
	memset(s->decoder_state, 0, decoder_mem_info.state_bytes);
	message_at((struct place){ .file = source_path(s->source) }, "note", s->wait ?
		   "it is gone; waiting for it to come back" : "it is gone; if that was a reset, it comes back");
	while (r < 0 && clock_now_us() < until_us) {
		if (!doze(s))
			return SESSION_STOPPED;
		r = source_reopen(s->source, &diag);
	}
	if (r < 0)
		return SESSION_GONE;
	message_at((struct place){ .file = source_path(s->source) }, "note", "it is back");
	s->gone = s->finished = s->ready = false;
	begin(s);
	if (s->handler.on_reset)
		s->handler.on_reset(s->handler.of);
	return session_find(s);
}

void session_close(struct session *s)
{
	if (!s)
		return;
	if (s->source && !s->gone) {
		repl_leave(&s->repl, clock_now_us());
		loop(s, clock_now_us() + LEAVE_US, false);
	}
	finish_decoder(s);
	free(s->decoder_state);
	source_close(s->source);
	if (s->save_fd >= 0) {
		close(s->save_fd);
		if (!s->saved && s->save_created)
			unlink(s->save_path);   /* nothing came: nothing to keep */
		if (!s->saved && s->save_older.n_bytes > 0)
			rename(strbuf_text(&s->save_older), s->save_path);
	}
	if (s->signals_caught) {
		take_stop();            /* a second Ctrl-C must not cost the report */
		sigaction(SIGINT, &s->old_int, NULL);
		sigaction(SIGTERM, &s->old_term, NULL);
		sigaction(SIGHUP, &s->old_hup, NULL);
		sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
	}
	strbuf_deinit(&s->save_older);
	strbuf_deinit(&s->helper_output);
	strbuf_deinit(&s->traceback);
	free(s);
}

/* ---- programs ---- */

/* Ctrl-C to the program, and a while for it to end. */
static enum session_outcome stop_program(struct session *s, enum session_outcome why)
{
	stop_asked = 0;
	repl_interrupt(&s->repl, clock_now_us());
	enum session_outcome outcome = loop(s, clock_now_us() + STOP_PATIENCE_US, false);

	if (outcome == SESSION_GONE)
		return outcome;
	if (outcome == SESSION_TIME) {
		s->ready = false;       /* no prompt to give back */
		message_at((struct place){ .file = source_path(s->source) }, "warning", "its program does not"
			   " stop at Ctrl-C; it goes on running");
	}
	return why;
}

enum session_outcome session_exec(struct session *s, const char *code, uint64_t timeout_us)
{
	uint64_t until_us = timeout_us ? clock_now_us() + timeout_us : NOT_KNOWN;

	if (!s->in_helper && take_stop())
		return SESSION_STOPPED; /* before a byte of it was sent */
	if (repl_run(&s->repl, code, strlen(code), clock_now_us()) < 0)
		return SESSION_GONE;
	/* Helpers are short: they end by themselves. */
	enum session_outcome outcome = loop(s, until_us, !s->in_helper);
	return outcome == SESSION_STOPPED || outcome == SESSION_TIME ? stop_program(s, outcome) : outcome;
}

enum session_outcome session_helper(struct session *s, const char *code)
{
	strbuf_reset(&s->helper_output);
	s->in_helper = true;
	enum session_outcome outcome = session_exec(s, code, HELPER_TIMEOUT_US);
	s->in_helper = false;
	return outcome;
}

const char *session_answer(const struct session *s, size_t *ret_n)
{
	*ret_n = s->helper_output.n_bytes;
	return strbuf_text(&s->helper_output);
}

uint64_t session_number(struct session *s, const char *code)
{
	uint64_t value;
	const char *text, *end;

	if (session_helper(s, code) != SESSION_DONE)
		return NOT_KNOWN;
	text = strbuf_text(&s->helper_output);
	end = text + s->helper_output.n_bytes;
	return number_scan(text, end, &value) ? value : NOT_KNOWN;
}

enum session_outcome session_wait(struct session *s, uint64_t until_us)
{
	return loop(s, until_us, true);
}
