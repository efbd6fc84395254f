#include "memprof/live/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "memprof/base/number.h"
#include "memprof/io/clock.h"

enum { SHORT_SESSION_US = 1000000 };

const char *session_source_name(const struct session *s) { return source_path(s->source); }
int session_exit_code(struct session *s) { return source_exit_code(s->source); }
enum session_protocol session_protocol(const struct session *s) { return s->backend->protocol; }
bool session_recording_failed(const struct session *s) { return s->recording.error != 0; }
const struct board_info *session_board(const struct session *s)
{
	return s->backend->board ? s->backend->board(s) : NULL;
}

void session_watch(struct session *s, void (*on_snapshot)(void *ctx, const struct event *event), void *ctx)
{
	s->on_snapshot = on_snapshot;
	s->on_snapshot_ctx = ctx;
}

/* ---- opening and closing ---- */

static int begin_backend(struct session *s)
{
	int r;

	s->began_us = clock_now_us();
	s->gone_reported = false;
	r = s->backend->begin(s);
	s->gone = r < 0;
	return r;
}

static struct session *new_session(const struct session_config *config, const struct session_handler *handler)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->backend = &backend_repl;
	s->config = *config;
	s->handler = *handler;
	s->recording.fd = -1;
	s->decoder_state = calloc(1, decoder_mem_info.state_bytes);
	s->decoder_options.figures = config->figures;
	s->stop = stop_signals_new(handler->ui);
	if (s->decoder_state && s->stop) {
		decoder_mem_info.set(s->decoder_state, &s->decoder_options);
		return s;
	}
	session_close(s);
	return NULL;
}

static void leave(struct session *s)
{
	s->backend->leave(s);
	session_loop(s, clock_now_us() + s->backend->leave_us, false);
}

/* Opens the source, unless it is open, and lets a backend look for a board. 0; 1 if it found none and another backend
 * may try; a negative errno. */
static int try_backend(struct session *s, const struct backend *backend, bool is_last,
		       enum session_outcome *ret_outcome, struct diag *diag)
{
	uint32_t baud = s->config.line.baud;

	s->backend = backend;
	s->recording.holds = !is_last;
	if (!baud)
		s->config.line.baud = backend->baud;
	int r = s->source ? 0 : opening_open(s, diag);
	if (r < 0)
		return r;
	s->recording.source = source_name(s->source);
	s->started_us = clock_now_us();
	if (begin_backend(s) < 0)
		return diag_set(diag, -ENOMEM, "out of memory");
	*ret_outcome = backend->find(s);
	bool absent = !is_last && *ret_outcome == SESSION_GONE && !s->gone;
	stream_file_release(&s->recording, !absent);
	if (backend->report_found && (absent || *ret_outcome == SESSION_READY))
		backend->report_found(s, !absent);
	if (!absent)
		return 0;
	leave(s);
	s->backend->free(s);
	source_close(s->source);
	s->source = NULL;
	s->config.line.baud = baud;
	return 1;
}

/* A backend that was not requested is tried only where it recognises the source; the last one always. */
static int open_session(struct session *s, enum session_outcome *ret_outcome, struct diag *diag)
{
	static const struct backend *const backends[] = { &backend_openmv, &backend_repl };
	enum session_protocol protocol = s->config.protocol;
	int r = stream_file_open(&s->recording, s->config.record, s->config.replace, diag);

	for (size_t i = 0; i < ARRAY_SIZE(backends) && r >= 0; i++) {
		bool is_last = i + 1 == ARRAY_SIZE(backends) || backends[i]->protocol == protocol;
		if (!is_last && (protocol != SESSION_AUTO || s->source || !backends[i]->recognizes(s->config.uri)))
			continue;
		r = try_backend(s, backends[i], is_last, ret_outcome, diag);
		if (r <= 0)
			break;
	}
	return r;
}

int session_open_source(struct session **ret, struct source *source, const struct session_config *config,
			const struct session_handler *handler, enum session_outcome *ret_outcome, struct diag *diag)
{
	struct session *s = new_session(config, handler);

	*ret = NULL;
	if (!s) {
		source_close(source);
		return diag_set(diag, -ENOMEM, "out of memory");
	}
	s->source = source;
	int r = open_session(s, ret_outcome, diag);
	if (r < 0) {
		session_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

int session_open(struct session **ret, const struct session_config *config, const struct session_handler *handler,
		 enum session_outcome *ret_outcome, struct diag *diag)
{
	return session_open_source(ret, NULL, config, handler, ret_outcome, diag);
}

enum session_outcome session_find(struct session *s) { return s->backend->find(s); }

enum session_outcome session_wait(struct session *s, uint64_t until_us)
{
	if (stop_requested())
		return SESSION_STOPPED; /* there may be no time to wait, and so to hear of it */
	s->yields = true;
	enum session_outcome outcome = s->backend->wait(s, until_us);
	s->yields = false;
	return outcome;
}

enum session_outcome session_poll(struct session *s) { return s->backend->poll ? s->backend->poll(s) : SESSION_UNABLE; }

/* Waits for the board once. GOES_ON if it is back. */
static enum session_outcome await(struct session *s)
{
	if (!source_may_return(s->source) || (!s->config.wait && !source_is_port(s->source)))
		return SESSION_GONE;
	if (s->helper_stopped)
		return SESSION_STOPPED;
	session_decode(s, NULL, 0);
	decoder_mem_info.deinit(s->decoder_state);
	memset(s->decoder_state, 0, decoder_mem_info.state_bytes);
	decoder_mem_info.set(s->decoder_state, &s->decoder_options);
	if (clock_now_us() < s->began_us + SHORT_SESSION_US) /* no storm where somebody hangs up at once */
		stop_signals_sleep(s->stop, clock_now_us() + SHORT_SESSION_US);
	int r = opening_reopen(s);
	if (r < 0)
		return r == -EINTR ? SESSION_STOPPED : SESSION_GONE;
	if (begin_backend(s) < 0)
		return SESSION_GONE;
	if (source_is_port(s->source)) { /* behind a socket nothing may have happened to the board */
		s->reset_report = RESET_NOT_REPORTED;
		session_reset(s, RESET_BY_WORDS);
	}
	session_link(s, "it is back");
	return SESSION_GOES_ON;
}

enum session_outcome session_return(struct session *s)
{
	enum session_outcome outcome = SESSION_GONE;

	if (!s->gone)
		return s->backend->begin_again(s);
	while (outcome == SESSION_GONE && s->gone) { /* a loose cable: it may go while it is asked */
		outcome = await(s);
		if (outcome != SESSION_GOES_ON)
			return outcome;
		outcome = session_find(s);
	}
	return outcome;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	if (s->source && !s->gone && s->stop)
		leave(s);
	if (s->source && s->decoder_state)
		session_decode(s, NULL, 0);
	if (s->decoder_state)
		decoder_mem_info.deinit(s->decoder_state);
	free(s->decoder_state);
	s->backend->free(s);
	source_close(s->source);
	stream_file_close(&s->recording);
	stop_signals_free(s->stop);
	free(s);
}
