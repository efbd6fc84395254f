/* What comes from a board, and what goes to it: the one event loop of all backends. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "backend.h"
#include "memprof/io/clock.h"

void session_record(struct session *s, char direction, const void *bytes, size_t n)
{
	int r = n > 0 ? stream_file_add(&s->recording, session_now_us(s), direction, bytes, n) : 0; /* no mark */

	if (r < 0)
		notice_at(&s->config.notices, (struct place){ .file = s->recording.path }, "error",
			  "%s; nothing more is saved", strerror(-r));
}

void session_set_in_helper(struct session *s, bool in_helper)
{
	if (s->repl.in_helper != in_helper)
		stream_file_add(&s->recording, session_now_us(s), in_helper ? '>' : '<', "", 0);
	s->repl.in_helper = in_helper;
}

size_t session_send(struct session *s, const void *bytes, size_t n)
{
	ssize_t sent = source_write(s->source, bytes, n);

	if (sent <= 0) {
		s->gone |= sent < 0 && sent != -EAGAIN;
		return 0;
	}
	session_record(s, '>', bytes, (size_t)sent);
	return (size_t)sent;
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
	if (!s->repl.filter.state) /* else what it lets through */
		session_record(s, '<', s->bytes, (size_t)n);
	s->backend->feed(s, (size_t)n);
}

/* Whether the screen wants something of the command. */
static bool ui_wants(const struct session *s)
{
	const struct ui_hooks *ui = s->handler.ui;

	return ui && ui->wants(ui->ctx);
}

enum session_outcome session_loop(struct session *s, uint64_t until_us, bool may_stop)
{
	for (;;) {
		enum session_outcome outcome = SESSION_GOES_ON;
		while (outcome == SESSION_GOES_ON && s->backend->next(s, &outcome))
			;
		if (outcome != SESSION_GOES_ON) {
			s->backend->flush(s); /* the last word, if there is one */
			return outcome;
		}
		if (s->gone && s->backend->finish(s))
			continue;
		if (s->gone)
			return SESSION_GONE;
		bool more_to_send = s->backend->flush(s);
		more_to_send |= source_flush(s->source);
		if (may_stop && (s->helper_stopped ||
				 stop_requested())) /* while bytes come fast nothing waits, and no signal comes */
			return SESSION_STOPPED;
		uint64_t ends_us = s->repl.exec_ends_us ? MIN(until_us, s->repl.exec_ends_us) : until_us;
		if (clock_now_us() >= ends_us)
			return SESSION_TIME;
		struct pollfd fd = { source_fd(s->source), (short)(POLLIN | (more_to_send ? POLLOUT : 0)), 0 };
		struct pollfd input = { program_input_fd(s), POLLIN, 0 };
		uint64_t wake_us = MIN(MIN(ends_us, s->backend->deadline_us(s)), program_input_deadline_us(s));
		bool time_counts = stop_signals_poll(s->stop, &fd, &input, wake_us, may_stop);
		if (fd.revents & (POLLIN | POLLHUP | POLLERR))
			receive(s);
		program_input_turn(s, input.revents != 0);
		if (time_counts)
			s->backend->tick(s);
		if (s->yields && ui_wants(s))
			return SESSION_TIME;
	}
}
