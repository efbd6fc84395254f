/* Input for a program that runs on a board: sent line by line, as the program reads it. The board has room for 256
 * bytes, and no flow control on a UART; and what the program does not read would be read by the prompt after it. */
#include <string.h>

#include "backend.h"
#include "memprof/base/number.h"
#include "memprof/io/clock.h"

enum {
	ANSWER_US = 100000,  /* a program that echoes, or prints, does so before */
	SILENT_US = 1000000, /* the next piece for one that does neither */
	SILENT_BYTES = 128,  /* so much goes to it at the first pace */
	QUIET_US = 50000,    /* after a question */
	READ_US = 5000,      /* a process that waits for a line has read it */
	LOOK_US = 20000,
	NEXT_US = 30000,  /* from one line that was read to the next */
	ECHO_US = 300000, /* in which readline echoes a line */
};

void session_set_input(struct session *s, const struct session_input *input) { s->repl.input.from = input; }

void program_input_begin(struct session *s)
{
	struct program_input *input = &s->repl.input;

	*input = (struct program_input){ .from = input->from, .on = input->from != NULL, .sent_us = clock_now_us() };
	repl_expect_input(&s->repl.repl, input->on);
}

void program_input_end(struct session *s)
{
	s->repl.input.on = false;
	repl_expect_input(&s->repl.repl, false);
}

static bool is_wanted(const struct session *s) { return s->repl.input.on && !s->gone && repl_runs(&s->repl.repl); }

/* When the next piece may go. The unix port (paste mode) discards what it has not read when it begins to read a line
 * (ports/unix/unix_mphal.c, mp_hal_stdio_mode_raw): after a question it reads. */
static uint64_t due_us(const struct session *s)
{
	const struct program_input *input = &s->repl.input;
	uint64_t heard_us = s->repl.repl.heard_us;

	if (heard_us > input->sent_us)
		return s->repl.repl.mode == REPL_MODE_PASTE ? heard_us + QUIET_US : 0;
	if (s->repl.repl.mode == REPL_MODE_PASTE || input->n_unanswered > SILENT_BYTES)
		return input->sent_us + SILENT_US;
	return input->n_unanswered > 0 ? input->sent_us + ANSWER_US : 0;
}

int program_input_fd(const struct session *s)
{
	const struct program_input *input = &s->repl.input;

	return is_wanted(s) && input->n_bytes == 0 ? input->from->fd(input->from->ctx) : -1;
}

uint64_t program_input_deadline_us(const struct session *s)
{
	return is_wanted(s) && s->repl.input.n_bytes > 0 ? s->repl.input.look_us : NOT_KNOWN;
}

/* Keys that act on a prompt, or on the terminal of a process: Ctrl-A to Ctrl-F, Ctrl-Z, Ctrl-\. */
static bool is_key(char c) { return (c >= 1 && c <= 6) || c == 0x1a || c == 0x1c; }

/* A line ends in CR for readline on a board. A process reads LF, from a terminal that changes nothing. */
static void add(struct session *s, const char *bytes, size_t n)
{
	struct program_input *input = &s->repl.input;
	char line_end = s->repl.repl.mode == REPL_MODE_PASTE ? '\n' : '\r';

	for (size_t i = 0; i < n; i++) {
		bool is_end = bytes[i] == '\n' || bytes[i] == '\r';
		bool is_second = bytes[i] == '\n' && input->after_cr;
		input->after_cr = bytes[i] == '\r';
		if (!is_key(bytes[i]) && !is_second)
			input->bytes[input->n_bytes++] = is_end ? line_end : bytes[i];
	}
}

/* At most a line. */
static void send(struct session *s)
{
	struct program_input *input = &s->repl.input;
	size_t n = 0;

	while (n < input->n_bytes && input->bytes[n] != '\r' && input->bytes[n] != '\n')
		n++;
	n += n < input->n_bytes;
	if (repl_send(&s->repl.repl, input->bytes, n) < 0)
		return; /* no room: later */
	if (s->repl.repl.heard_us > input->sent_us)
		input->n_unanswered = 0;
	input->n_unanswered += n;
	input->sent_us = clock_now_us();
	input->look_us = input->sent_us + READ_US;
	input->n_sent = n;
	input->unread = false;
}

static void was_read(struct program_input *input)
{
	input->n_bytes -= input->n_sent;
	memmove(input->bytes, input->bytes + input->n_sent, input->n_bytes);
	input->n_sent = 0;
}

/* Whether a process of ours has discarded what was sent: it was there before the process began to read keys, or is a
 * line that readline does not echo. */
static bool was_discarded(const struct session *s, const struct source_reader *reader)
{
	const struct program_input *input = &s->repl.input;
	bool is_line = input->bytes[input->n_sent - 1] == '\n', echoed = s->repl.repl.heard_us > input->sent_us;

	if (!reader->takes_keys || input->sent_again)
		return false;
	return (input->unread && !input->sent_to_keys) ||
	       (is_line && !echoed && clock_now_us() >= input->sent_us + ECHO_US);
}

/* What was discarded is sent again, once. The next line waits a little, as it may change between the two ways to read.
 */
static void look_at_process(struct session *s, const struct source_reader *reader)
{
	struct program_input *input = &s->repl.input;
	bool again = input->n_sent > 0 && was_discarded(s, reader);
	bool echoed = s->repl.repl.heard_us > input->sent_us || clock_now_us() >= input->sent_us + ECHO_US;

	if (input->n_sent > 0 && !again && reader->n_unread > 0) {
		input->unread = true;
	} else if (input->n_sent > 0 && !again && (echoed || !reader->takes_keys)) {
		was_read(input);
		input->look_us = clock_now_us() + NEXT_US;
	} else if (input->n_bytes > 0 && (again || input->n_sent == 0)) {
		send(s);
		input->sent_to_keys = reader->takes_keys;
		input->sent_again = again;
	}
}

static void look(struct session *s)
{
	struct program_input *input = &s->repl.input;
	struct source_reader reader;

	input->look_us = clock_now_us() + LOOK_US;
	if (s->repl.repl.mode == REPL_MODE_PASTE && source_reader(s->source, &reader)) {
		look_at_process(s, &reader);
		return;
	}
	was_read(input);
	if (input->n_bytes > 0 && clock_now_us() >= due_us(s))
		send(s);
}

void program_input_turn(struct session *s, bool ready)
{
	struct program_input *input = &s->repl.input;
	char bytes[PROGRAM_INPUT_BYTES];

	if (!is_wanted(s)) { /* the prompt, too, discards input when it begins a program */
		input->look_us = clock_now_us() + NEXT_US;
		return;
	}
	if (ready && input->n_bytes == 0)
		add(s, bytes, input->from->read(input->from->ctx, bytes, sizeof(bytes)));
	if (input->n_bytes > 0 && clock_now_us() >= input->look_us)
		look(s);
}
