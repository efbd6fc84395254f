/* The REPL machine against a board made of a few lines: builds that Debian does not have (no
 * raw-paste, no raw mode), and moments that real firmware gives only by chance. What real firmware
 * does is in tests/device. */

#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"
#include "memprof/protocol/repl.h"
#include "unit.h"

enum build { RAW_PASTE, RAW_KNOWN, RAW_OLD, PASTE_ONLY };
enum at { FRIENDLY, TYPED, RUNNING, PRINTING, INPUT, RAW, RAW_PASTE_CODE, PASTE, TALKING };

/* The board: what it would answer to each byte. Programs are their own output: "print" each line of
 * code; a line that begins with ! raises. The program "talk" answers each P with bytes of memory, and ends
 * at an @. */
struct board {
	enum build build;
	enum at at;
	struct strbuf out; /* what it sends */
	struct strbuf code;
	struct strbuf heard; /* all that it got */
	unsigned n_window;   /* raw-paste: bytes until more are allowed */
	char escape[3];
	size_t n_escape;
	unsigned n_deaf; /* Ctrl-Cs that it ignores */
	bool dies_in_code;
	bool resets_in_code; /* after some output, to the friendly prompt */
	bool holds_banner;   /* until something is typed */
	bool talks_in_paste; /* the program "talk" was pasted */
	const char *prints;  /* PRINTING, and at the prompt: whenever it is silent; NULL: "tick" */
	bool timer;          /* it also prints at the prompt */
	uint64_t period_us;  /* of that */
	bool only_runs;      /* programs print nothing by themselves */
	uint64_t pause_us;   /* after its first prompt, before it sends more */
};

#define RAW_BANNER "raw REPL; CTRL-B to exit\r\n>"
#define FRIENDLY_BANNER                                                                   \
	"\r\nMicroPython v1.25.0 on 2026-11-20; a fake board\r\nType \"help()\" for more" \
	" information.\r\n>>> "

static void say(struct board *b, const char *text) { strbuf_puts(&b->out, text); }

/* What the end lines of a program print: "%d%d" of the two numbers in the second of them. */
static void say_mark(struct board *b)
{
	unsigned first, second;
	const char *numbers = strstr(strbuf_text(&b->code), "%(");

	if (numbers && sscanf(numbers, "%%(%u,%u)", &first, &second) == 2)
		strbuf_printf(&b->out, "\x04memprof end %u%u", first, second);
}

static bool is_end_line(const char *p, size_t n)
{
	return text_starts(p, n, "pass") || text_starts(p, n, "try:__import__") ||
	       text_starts(p, n, "except:__import__") || text_starts(p, n, "__import__");
}

/* Runs what was sent: its lines come out, up to one that begins with '!'. */
static bool execute(struct board *b, struct strbuf *error)
{
	const char *p = strbuf_text(&b->code);

	while (*p) {
		size_t n = strcspn(p, "\r\n");
		if (*p == '!') {
			strbuf_puts(error, "Traceback (most recent call last):\r\n  File \"<stdin>\", line 1\r\n");
			strbuf_add(error, p + 1, n - 1);
			strbuf_puts(error, "\r\n");
			return false;
		}
		if (is_end_line(p, n)) {
			if (*p == 't')
				say_mark(b);
		} else if (n > 0) {
			strbuf_add(&b->out, p, n);
			strbuf_puts(&b->out, "\r\n");
		}
		p += n + (p[n] != '\0');
	}
	return true;
}

/* What "talk" sends for memory: the marks of all modes, prompts, a reset. */
static const char talk_bytes[] =
	"\x04\x04>\r\n>>> \n\r\x04memprof\x04\r\n\0\r\nMPY: soft reboot\r\n"
	"MicroPython v1.25.0\r\nType \"help()\" for more information.\r\n>>> \r\r\n"
	"Traceback (most recent call last):\r\n\x1e\x1f.";
enum { TALK_BYTES = sizeof(talk_bytes) - 1 };

static bool begins_talk(struct board *b) { return text_starts(strbuf_text(&b->code), b->code.n_bytes, "talk"); }

static void talk_byte(struct board *b, char c)
{
	if (c == 'P')
		strbuf_add(&b->out, talk_bytes, TALK_BYTES);
	if (c != '@')
		return;
	say(b, "bye\r\n");
	if (b->talks_in_paste)
		say_mark(b);
	say(b, b->talks_in_paste ? "\r\n>>> " : "\x04\x04>");
	strbuf_reset(&b->code);
	b->at = b->talks_in_paste ? FRIENDLY : RAW;
}

static void raw_result(struct board *b)
{
	CLEANUP(strbuf_deinit) struct strbuf error = STRBUF_INIT;

	if (begins_talk(b)) {
		say(b, "hello\r\n");
		b->at = TALKING;
		return;
	}
	if (b->only_runs) {
		strbuf_reset(&b->code);
		b->at = RAW;
		return;
	}
	execute(b, &error);
	say(b, "\x04");
	strbuf_puts(&b->out, strbuf_text(&error));
	say(b, "\x04>");
	strbuf_reset(&b->code);
	b->at = RAW;
}

static void ask_raw_paste(struct board *b)
{
	static const char window[] = { 'R', 1, 16, 0, 1 }, unsupported[] = { 'R', 0 };

	if (b->build == RAW_PASTE) {
		strbuf_add(&b->out, window, sizeof(window));
		b->n_window = 16;
		b->at = RAW_PASTE_CODE;
	} else if (b->build == RAW_KNOWN) {
		strbuf_add(&b->out, unsupported, sizeof(unsupported));
	} else {
		say(b, RAW_BANNER);
	}
}

static void raw_byte(struct board *b, char c)
{
	static const char question[] = { 5, 'A', 1 };

	if (c == question[b->n_escape]) {
		if (++b->n_escape == sizeof(question)) {
			b->n_escape = 0;
			ask_raw_paste(b);
		}
		return;
	}
	b->n_escape = 0;
	if (c == 3) {
		strbuf_reset(&b->code);
	} else if (c == 1) {
		say(b, RAW_BANNER);
	} else if (c == 2) {
		say(b, FRIENDLY_BANNER);
		b->at = FRIENDLY;
	} else if (c == 4 && b->code.n_bytes == 0) {
		say(b, "OK\r\nMPY: soft reboot\r\n" RAW_BANNER);
	} else if (c == 4) {
		say(b, "OK");
		raw_result(b);
	} else {
		strbuf_putc(&b->code, c);
	}
}

static void paste_byte(struct board *b, char c)
{
	CLEANUP(strbuf_deinit) struct strbuf error = STRBUF_INIT;

	if (c == 3) {
		say(b, "\r\n>>> ");
		strbuf_reset(&b->code);
		b->at = FRIENDLY;
	} else if (c == 4 && begins_talk(b)) {
		say(b, "\r\nhello\r\n");
		b->talks_in_paste = true;
		b->at = TALKING;
	} else if (c == 4 && b->only_runs) {
		say(b, "\r\n");
		strbuf_reset(&b->code);
		b->at = FRIENDLY;
	} else if (c == 4) {
		say(b, "\r\n");
		if (!execute(b, &error))
			strbuf_puts(&b->out, strbuf_text(&error));
		say(b, ">>> ");
		strbuf_reset(&b->code);
		b->at = FRIENDLY;
	} else {
		strbuf_putc(&b->code, c == '\r' ? '\n' : c);
		if (c == '\r')
			say(b, "\r\n=== ");
		else
			strbuf_putc(&b->out, c);
	}
}

static void friendly_byte(struct board *b, char c)
{
	if (c == 1 && b->at == TYPED) {
		say(b, "\x1b[5D");
	} else if (c == 5 && b->at == TYPED) {
		say(b, "12345");
	} else if (c == 1 && b->build == PASTE_ONLY) {
		say(b, "\r\n>>> ");
	} else if (c == 1) {
		say(b, "\r\n" RAW_BANNER);
		b->at = RAW;
	} else if (c == 5) {
		say(b, "\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== ");
		b->at = PASTE;
	} else if (c == 2) {
		say(b, FRIENDLY_BANNER);
	} else if (c == 3) {
		say(b, "\r\nKeyboardInterrupt\r\n>>> ");
		b->at = FRIENDLY;
	}
}

static void board_byte(struct board *b, char c)
{
	strbuf_putc(&b->heard, c);
	if (b->holds_banner)
		say(b, FRIENDLY_BANNER);
	b->holds_banner = false;
	switch (b->at) {
	case RUNNING:
	case PRINTING:
		if (c == 3 && b->n_deaf-- == 0) {
			say(b, "Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n>>> ");
			b->at = FRIENDLY;
		}
		break;
	case INPUT: /* it takes any control key for the end of its answer */
		say(b, "\r\n>>> ");
		b->at = FRIENDLY;
		break;
	case RAW:
		raw_byte(b, c);
		break;
	case RAW_PASTE_CODE:
		if (b->dies_in_code)
			break;
		if (c == 4 && b->resets_in_code) {
			strbuf_reset(&b->code);
			say(b, "\x04so far\r\n" FRIENDLY_BANNER);
			b->at = FRIENDLY;
		} else if (c == 4) {
			say(b, "\x04");
			raw_result(b);
		} else if (c == 3) { /* compiling is given up */
			strbuf_reset(&b->code);
			say(b, "\x04\x04KeyboardInterrupt: \r\n\x04>");
			b->at = RAW;
		} else {
			strbuf_putc(&b->code, c);
			if (--b->n_window == 0) {
				say(b, "\x01");
				b->n_window = 16;
			}
		}
		break;
	case PASTE:
		paste_byte(b, c);
		break;
	case TALKING:
		talk_byte(b, c);
		break;
	default:
		friendly_byte(b, c);
	}
}

/* ---- a conversation ---- */

static struct talk {
	struct board board;
	struct repl repl;
	uint64_t now_us, printed_us;
	uint64_t silent_until_us; /* the board pauses */
	size_t stride;            /* bytes of the board's per feed */
	char chunk[512];          /* the last feed, which the machine may not have used up */
	struct strbuf events;     /* "ready\noutput a\r\n…" */
	unsigned n_steps;         /* 0: no end; else until() gives up after so many */
	unsigned n_done;
} t;

/* How many bytes the board sends now. The prompt that it pauses after comes whole. */
static size_t bytes_of_board(void)
{
	const char *text = strbuf_text(&t.board.out), *at = t.board.pause_us ? strstr(text, ">>> ") : NULL;
	size_t n = MIN(t.stride, t.board.out.n_bytes);

	if (t.now_us < t.silent_until_us)
		return 0;
	if (!at)
		return n;
	if (at > text)
		return MIN(n, (size_t)(at - text));
	t.silent_until_us = t.now_us + t.board.pause_us;
	t.board.pause_us = 0;
	return strlen(">>> ");
}

static const char *event_name(enum repl_event_kind kind)
{
	static const char *const names[] = {
		[REPL_READY] = "ready",       [REPL_BUSY] = "busy",         [REPL_TYPED] = "typed",
		[REPL_PASTING] = "pasting",   [REPL_NO_RESET] = "no-reset", [REPL_CONSOLE] = "console",
		[REPL_OUTPUT] = "output",     [REPL_DONE] = "done",         [REPL_RESTARTED] = "restarted",
		[REPL_REBOOTED] = "rebooted", [REPL_TAKEN] = "taken",       [REPL_STUCK] = "stuck",
		[REPL_LEFT] = "left",
	};
	return names[kind];
}

static void note(const struct repl_event *e)
{
	if (e->kind == REPL_CONSOLE)
		return;
	if (e->kind == REPL_OUTPUT) { /* however it was cut: one text */
		strbuf_add(&t.events, e->bytes, e->n_bytes);
		return;
	}
	strbuf_printf(&t.events, "<%s%s", event_name(e->kind), e->raised ? " raised " : "");
	strbuf_add(&t.events, e->bytes, e->n_bytes);
	strbuf_puts(&t.events, ">");
}

/* Goes on until nothing moves any more for a virtual while, or an event of this kind came. */
static bool until(enum repl_event_kind wanted)
{
	for (unsigned round = 0; round < 100000; round++) {
		struct repl_event event;
		size_t n;
		if (t.n_steps && ++t.n_done > t.n_steps)
			return false;
		while (repl_next_event(&t.repl, &event)) {
			note(&event);
			if (event.kind == wanted)
				return true;
		}
		const char *bytes = repl_outbox(&t.repl, &n);
		if (n > 0) {
			board_byte(&t.board, bytes[0]);
			repl_sent(&t.repl, 1);
			continue;
		}
		if (t.board.at == PRINTING || (t.board.timer && t.now_us - t.printed_us >= t.board.period_us)) {
			say(&t.board, t.board.prints ? t.board.prints : "tick\r\n");
			t.printed_us = t.now_us;
		}
		n = bytes_of_board();
		if (n > 0) {
			memcpy(t.chunk, t.board.out.text, n);
			memmove(t.board.out.text, t.board.out.text + n, t.board.out.n_bytes - n + 1);
			t.board.out.n_bytes -= n;
			t.now_us += 1000;
			repl_feed(&t.repl, t.chunk, n, t.now_us);
			while (repl_next_event(&t.repl, &event)) {
				note(&event);
				if (event.kind == wanted)
					return true;
			}
			repl_tick(&t.repl, t.now_us);
			continue;
		}
		if (repl_deadline(&t.repl) == NOT_KNOWN && t.now_us >= t.silent_until_us)
			return false;
		uint64_t was_us = t.now_us;
		t.now_us = MAX(t.now_us, repl_deadline(&t.repl));
		if (t.board.timer && t.now_us > t.printed_us + t.board.period_us)
			t.now_us = t.printed_us + t.board.period_us;
		if (was_us < t.silent_until_us)
			t.now_us = MIN(t.now_us, t.silent_until_us);
		repl_tick(&t.repl, t.now_us);
	}
	fail_msg("the conversation does not end: %s", strbuf_text(&t.events));
	return false;
}

UNIT_AFTER(end)
{
	strbuf_deinit(&t.board.out);
	strbuf_deinit(&t.board.code);
	strbuf_deinit(&t.board.heard);
	strbuf_deinit(&t.events);
}

/* Another conversation. */
static void begin(enum build build, enum at at, struct repl_options options, size_t stride)
{
	end();
	t = (struct talk){ .board = { .build = build, .at = at }, .stride = stride };
	repl_init(&t.repl, &options, 0);
}

/* What is left to be sent reaches the board. */
static void drain(void)
{
	t.n_steps = t.n_done + 10;
	until(REPL_LEFT);
	t.n_steps = 0;
}

static bool heard(char c) { return memchr(strbuf_text(&t.board.heard), c, t.board.heard.n_bytes) != NULL; }

static const size_t strides[] = { 1, 2, 3, 7, 64 };
static const struct repl_options gentle;

static void begin_ready(enum build build, size_t stride)
{
	begin(build, FRIENDLY, gentle, stride);
	assert_true(until(REPL_READY));
}

static void run(const char *code)
{
	assert_int_equal(repl_run(&t.repl, code, strlen(code), t.now_us), 0);
	assert_true(until(REPL_DONE));
}

static void leave(void)
{
	repl_leave(&t.repl, t.now_us);
	assert_true(until(REPL_LEFT));
	assert_int_equal(t.board.at, FRIENDLY);
}

/* ---- tests ---- */

UNIT_TEST(every_build_runs_programs_and_gives_its_prompt_back)
{
	static const struct {
		enum build build;
		enum repl_mode mode;
	} builds[] = {
		{ RAW_PASTE, REPL_MODE_RAW_PASTE },
		{ RAW_KNOWN, REPL_MODE_RAW },
		{ RAW_OLD, REPL_MODE_RAW },
		{ PASTE_ONLY, REPL_MODE_PASTE },
	};
	static const char code[] = "one\ntwo is a line that is longer than one window of bytes\n";
	static const char bad[] = "three\n!ValueError: four\nfive\n";

	for (size_t i = 0; i < ARRAY_SIZE(builds); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
			begin_ready(builds[i].build, strides[k]);
			assert_int_equal(repl_run(&t.repl, code, strlen(code), t.now_us), 0);
			assert_int_equal(repl_run(&t.repl, code, strlen(code), t.now_us), -EBUSY);
			assert_true(until(REPL_DONE));
			assert_int_equal(t.repl.mode, builds[i].mode);
			run(bad);
			leave();
			assert_string_equal(
				strbuf_text(&t.events),
				"<ready>one\r\ntwo is a line that is longer than one window of bytes\r\n<done>"
				"three\r\n<done raised Traceback (most recent call last):\r\n"
				"  File \"<stdin>\", line 1\r\nValueError: four\r\n><left>");
			assert_false(heard(3));
			assert_false(builds[i].mode != REPL_MODE_PASTE && heard('\r'));
		}
	}
}

/* Whatever memory holds: it is counted, and what comes before and behind it is text. */
UNIT_TEST(a_program_that_is_talked_with)
{
	static const enum build builds[] = { RAW_PASTE, RAW_KNOWN, RAW_OLD, PASTE_ONLY };
	static const char code[] = "talk\n";

	for (size_t i = 0; i < ARRAY_SIZE(builds); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
			char bytes[2 * TALK_BYTES];
			begin_ready(builds[i], strides[k]);
			assert_int_equal(repl_send(&t.repl, "P", 1), -EBUSY);
			assert_int_equal(repl_take_raw(&t.repl, bytes, 1, 0), -EBUSY);
			assert_int_equal(repl_run_ours(&t.repl, code, strlen(code), t.now_us), 0);
			assert_false(repl_reads_raw(&t.repl));
			while (!strstr(strbuf_text(&t.events), "hello\r\n"))
				assert_true(until(REPL_OUTPUT));
			for (unsigned n = 1; n <= 2; n++) {
				memset(bytes, 0xa5, sizeof(bytes));
				assert_int_equal(repl_take_raw(&t.repl, bytes, n * TALK_BYTES, 0), 0);
				assert_int_equal(repl_take_raw(&t.repl, bytes, 1, 0), -EBUSY);
				assert_true(repl_reads_raw(&t.repl));
				assert_int_equal(repl_send(&t.repl, "PP", n), 0);
				assert_true(until(REPL_TAKEN));
				assert_false(repl_reads_raw(&t.repl));
				for (unsigned m = 0; m < n; m++)
					assert_memory_equal(bytes + m * TALK_BYTES, talk_bytes, TALK_BYTES);
			}
			assert_int_equal(repl_send(&t.repl, "@", 1), 0);
			assert_true(until(REPL_DONE));
			assert_string_equal(strbuf_text(&t.events), "<ready>hello\r\n<taken><taken>bye\r\n<done>");
			assert_int_equal(repl_send(&t.repl, "P", 1), -EBUSY);
			run("one\n");
			leave();
		}
	}
}

/* More is waited for than comes: then it is text again, and its end is found. */
UNIT_TEST(counting_that_is_given_up)
{
	char bytes[100], room[REPL_OUTBOX_BYTES] = { 0 };
	begin_ready(RAW_PASTE, 7);
	assert_int_equal(repl_run_ours(&t.repl, "talk\n", 5, t.now_us), 0);
	while (!strstr(strbuf_text(&t.events), "hello\r\n"))
		assert_true(until(REPL_OUTPUT));
	assert_int_equal(repl_take_raw(&t.repl, bytes, sizeof(bytes), 0), 0);
	assert_false(until(REPL_TAKEN));
	assert_int_equal(repl_stop_raw(&t.repl), sizeof(bytes));
	assert_false(repl_reads_raw(&t.repl));
	assert_int_equal(repl_send(&t.repl, room, sizeof(room)), 0);
	assert_int_equal(repl_send(&t.repl, room, 1), -EAGAIN);
	repl_sent(&t.repl, sizeof(room));
	assert_int_equal(repl_send(&t.repl, "@", 1), 0);
	assert_true(until(REPL_DONE));
}

/* A probe that a killed memprof left there does not look at a Ctrl-C everywhere. */
UNIT_TEST(a_probe_that_was_left_there)
{
	for (unsigned i = 0; i < 2; i++) {
		begin(RAW_PASTE, TALKING, (struct repl_options){ .interrupt = i == 0, .probe_left = i == 1 }, 64);
		strbuf_puts(&t.board.code, "talk");
		assert_true(until(REPL_READY));
		assert_int_equal(t.repl.mode, REPL_MODE_RAW_PASTE);
		assert_true(heard('@'));
		assert_int_equal(heard(3), i == 0);
		assert_int_equal(heard('\r'), i == 0);
	}
	/* Nothing of it goes to a board whose prompt answers, nor to one that was not ours. */
	begin(RAW_PASTE, FRIENDLY, (struct repl_options){ .probe_left = true }, 64);
	assert_true(until(REPL_READY));
	assert_false(heard('@'));
	begin(RAW_PASTE, TALKING, gentle, 64);
	assert_true(until(REPL_BUSY));
	assert_false(heard('@'));
}

UNIT_TEST(half_a_line_is_left_as_it_is)
{
	begin(RAW_PASTE, TYPED, gentle, 1);
	assert_true(until(REPL_TYPED));
	repl_leave(&t.repl, t.now_us);
	assert_true(until(REPL_LEFT));
	assert_false(until(REPL_LEFT));                               /* what is left in the outbox */
	assert_string_equal(strbuf_text(&t.board.heard), "\x01\x05"); /* the cursor is at the end again */
	begin(RAW_PASTE, TYPED, gentle, 1);
	say(&t.board, "\r\n>>> abc"); /* it is seen: then nothing is asked */
	assert_true(until(REPL_TYPED));
	assert_int_equal(t.board.heard.n_bytes, 0);
}

UNIT_TEST(no_more_keys_go_to_an_open_paste)
{
	begin(RAW_PASTE, PASTE, gentle, 1);
	assert_true(until(REPL_PASTING));
	repl_leave(&t.repl, t.now_us);
	assert_true(until(REPL_LEFT));
	assert_false(until(REPL_LEFT));
	assert_string_equal(strbuf_text(&t.board.heard), "\x01");
	begin(RAW_PASTE, PASTE, gentle, 1);
	say(&t.board, "\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== x = 1"); /* it is seen */
	assert_true(until(REPL_PASTING));
	assert_int_equal(t.board.heard.n_bytes, 0);
	begin(RAW_PASTE, PASTE, (struct repl_options){ .interrupt = true }, 1);
	assert_true(until(REPL_READY));
}

UNIT_TEST(a_line_of_a_program_is_no_prompt)
{
	begin(RAW_PASTE, RUNNING, gentle, 64);
	say(&t.board, "your name? ");
	assert_true(until(REPL_BUSY));
	assert_int_equal(t.board.heard.n_bytes, 0); /* input() would take a Ctrl-A for an answer */
}

/* The prompt that follows is not that of a build without raw mode. */
UNIT_TEST(an_input_that_took_the_question)
{
	begin(RAW_PASTE, INPUT, gentle, 64);
	assert_true(until(REPL_READY));
	assert_int_equal(t.repl.mode, REPL_MODE_RAW_PASTE);
	leave();
}

/* The prompt of the banner is none that asks for a second Ctrl-A: its answer would be taken for that
 * of a later question. */
UNIT_TEST(a_banner_that_waited_for_somebody)
{
	for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
		begin(RAW_PASTE, FRIENDLY, gentle, strides[k]);
		t.board.holds_banner = true;
		assert_true(until(REPL_READY));
		assert_int_equal(t.repl.mode, REPL_MODE_RAW_PASTE);
		assert_string_equal(strbuf_text(&t.board.heard), "\x01");
	}
}

/* A busy computer pauses the board (QEMU) between that prompt and its answer: a second Ctrl-A is sent, and its answer
 * comes when raw-paste is asked for. */
UNIT_TEST(a_prompt_long_before_the_answer)
{
	static const enum build builds[] = { RAW_PASTE, RAW_KNOWN, RAW_OLD };

	for (size_t i = 0; i < ARRAY_SIZE(builds); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
			begin(builds[i], FRIENDLY, gentle, strides[k]);
			t.board.holds_banner = true;
			t.board.pause_us = 120000;
			assert_true(until(REPL_READY));
			for (int n = 0; n < 2; n++) {
				run("one\n");
			}
			assert_string_equal(strbuf_text(&t.events), "<ready>one\r\n<done>one\r\n<done>");
			assert_int_equal(t.repl.mode, builds[i] == RAW_PASTE ? REPL_MODE_RAW_PASTE : REPL_MODE_RAW);
			assert_true(text_starts(t.board.heard.text, t.board.heard.n_bytes, "\x01\x01\x05"));
		}
	}
}

/* Whenever it is left, the board is not left in raw mode. */
UNIT_TEST(leaving_at_any_moment)
{
	static const char code[] = "one\ntwo is a line that is longer than one window of bytes\n";

	for (int build = RAW_PASTE; build <= RAW_OLD; build++) {
		for (unsigned n_steps = 0; n_steps < 400; n_steps++) {
			begin((enum build)build, FRIENDLY, gentle, 5);
			t.n_steps = n_steps;
			if (until(REPL_READY) && repl_run(&t.repl, code, strlen(code), t.now_us) == 0)
				until(REPL_DONE);
			t.n_steps = 0;
			leave();
		}
	}
}

/* A host went away in the middle of a dump. What is left of it comes at this host's first words or before them, and
 * then the raw REPL waits for a program. */
static const char rest_of_a_dump[] = "00000400: hh==....Lhh=....\r\n\x04\x04>";

UNIT_TEST(a_raw_prompt_that_somebody_left)
{
	for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
		begin(RAW_PASTE, RAW, gentle, strides[k]);
		say(&t.board, rest_of_a_dump);
		assert_true(until(REPL_READY));
		assert_string_equal(strbuf_text(&t.board.heard), "\x01");
		run("one\n");
		leave();
		assert_string_equal(strbuf_text(&t.events), "<ready>one\r\n<done><left>");
	}
}

/* Takes what the board says, up to the last byte of it, and leaves at once. */
static void hear_and_leave(const char *text)
{
	say(&t.board, text);
	while (t.board.out.n_bytes > 0) {
		t.n_steps = 1;
		t.n_done = 0;
		until(REPL_LEFT);
	}
	t.n_steps = 0;
	repl_leave(&t.repl, t.now_us);
	assert_true(until(REPL_LEFT));
}

/* Whoever has heard enough, and asks nothing, does not leave it so. */
UNIT_TEST(a_raw_prompt_is_left_after_listening)
{
	static const char *const others[] = { "04>", "\x04> \r\n", "\x04>>> ", "00000400: hh==....Lhh=....\r\n" };
	for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
		begin(RAW_PASTE, RAW, gentle, strides[k]); /* still listening for a prompt */
		hear_and_leave(rest_of_a_dump);
		assert_string_equal(strbuf_text(&t.board.heard), "\x02");
		assert_int_equal(t.board.at, FRIENDLY);
		begin(RAW_PASTE, PRINTING, gentle, strides[k]); /* listening for dumps */
		t.board.prints = "GC: total: 64000, used: 8000, free: 56000\r\n";
		assert_true(until(REPL_BUSY));
		assert_int_equal(t.board.heard.n_bytes, 0);
		t.board.at = RAW;
		hear_and_leave(rest_of_a_dump);
		assert_string_equal(strbuf_text(&t.board.heard), "\x02");
		assert_int_equal(t.board.at, FRIENDLY);
		begin(RAW_PASTE, RAW, gentle, strides[k]); /* it went away after a Ctrl-A */
		hear_and_leave("\r\n" RAW_BANNER);
		assert_string_equal(strbuf_text(&t.board.heard), "\x02");
		begin(RAW_PASTE, RAW, (struct repl_options){ .listen_only = true }, strides[k]);
		hear_and_leave(rest_of_a_dump);
		assert_int_equal(t.board.heard.n_bytes, 0);
		for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
			begin(RAW_PASTE, RUNNING, gentle, strides[k]);
			hear_and_leave(others[i]);
			assert_int_equal(t.board.heard.n_bytes, 0);
		}
	}
}

/* A program that is cancelled while it is sent leaves nothing of it at the prompt. */
UNIT_TEST(cancelled_while_it_is_sent)
{
	static const char code[] = "one\ntwo is a line that is longer than one window of bytes\n";

	for (int build = RAW_PASTE; build <= PASTE_ONLY; build++) {
		for (unsigned n_steps = 1; n_steps < 300; n_steps++) {
			begin_ready((enum build)build, 3);
			assert_int_equal(repl_run(&t.repl, code, strlen(code), t.now_us), 0);
			t.n_steps = n_steps;
			t.n_done = 0;
			if (!until(REPL_DONE)) {
				t.n_steps = 0;
				repl_interrupt(&t.repl, t.now_us);
				assert_true(until(REPL_DONE));
			}
			t.n_steps = 0;
			strbuf_reset(&t.events);
			run("three\n");
			assert_string_equal(strbuf_text(&t.events), "three\r\n<done>");
			leave();
		}
	}
}

/* The Ctrl-A waits in its pty until it reads. */
UNIT_TEST(a_process_that_starts_late)
{
	const struct repl_options starts = { .boot_us = 3000000 };

	for (uint64_t late_us = 0; late_us < 9500000; late_us += 250000) {
		for (unsigned pauses = 0; pauses < 2; pauses++) { /* in the middle of its banner, too */
			begin(RAW_PASTE, FRIENDLY, starts, 12);
			t.silent_until_us = t.now_us + late_us;
			t.board.pause_us = pauses * 1000000;
			say(&t.board, "MicroPython v1.25.0\r\n>>> ");
			assert_true(until(REPL_READY));
			assert_int_equal(t.repl.mode, REPL_MODE_RAW_PASTE);
		}
	}
}

UNIT_TEST(a_program_that_runs_is_not_disturbed)
{
	begin(RAW_PASTE, RUNNING, gentle, 64);
	assert_true(until(REPL_BUSY));
	until(REPL_LEFT);
	assert_string_equal(strbuf_text(&t.board.heard), "\x01\x02");
	begin(RAW_PASTE, PRINTING, gentle, 64);
	t.board.prints = "GC: total: 64000, used: 8000, free: 56000\r\n";
	assert_true(until(REPL_BUSY));
	assert_int_equal(t.board.heard.n_bytes, 0);
	begin(RAW_PASTE, PRINTING, gentle, 64); /* or the output of a timer, at a prompt */
	assert_true(until(REPL_BUSY));
	drain();
	assert_string_equal(strbuf_text(&t.board.heard), "\x01\x02");
	begin(RAW_PASTE, RUNNING, gentle, 64); /* a line, and later the question of an input() */
	t.board.timer = true;
	t.board.period_us = 1000000;
	t.board.prints = "Ready? ";
	say(&t.board, "warming up\r\n");
	assert_true(until(REPL_BUSY));
	assert_int_equal(t.board.heard.n_bytes, 0);
	begin(RAW_PASTE, RUNNING, gentle, 64); /* one line, then silence: perhaps in an input() */
	say(&t.board, "your name?\r\n");
	assert_true(until(REPL_BUSY));
	assert_int_equal(t.board.heard.n_bytes, 0);
}

/* The unix port has no raw mode, so only its prompts tell; a thread prints between them. */
UNIT_TEST(a_thread_that_prints_where_there_is_no_raw_mode)
{
	static const uint64_t periods_us[] = { 20000, 50000, 90000, 200000, 400000 };

	for (size_t i = 0; i < ARRAY_SIZE(periods_us); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
			begin(PASTE_ONLY, FRIENDLY, (struct repl_options){ .interrupt = true }, strides[k]);
			t.board.timer = true;
			t.board.period_us = periods_us[i];
			say(&t.board, "tick\r\n");
			assert_true(until(REPL_READY));
			assert_int_equal(t.repl.mode, REPL_MODE_PASTE);
			assert_true(t.now_us < 10000000);
		}
	}
}

UNIT_TEST(a_prompt_with_a_timer_that_prints)
{
	static const uint64_t periods_us[] = { 40000, 200000, 700000, 2000000 };
	for (size_t i = 0; i < ARRAY_SIZE(periods_us); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
			begin(RAW_PASTE, FRIENDLY, gentle, strides[k]);
			t.board.timer = true;
			t.board.period_us = periods_us[i];
			say(&t.board, "tick\r\n");
			assert_true(until(REPL_READY));
			assert_string_equal(strbuf_text(&t.board.heard), "\x01");
			begin(RAW_PASTE, TYPED, gentle, strides[k]); /* a line is half typed */
			t.board.timer = true;
			t.board.period_us = periods_us[i];
			say(&t.board, "tick\r\n");
			assert_true(until(REPL_TYPED));
		}
	}
	for (uint64_t period_us = 50000; period_us < 2500000; period_us *= 2) { /* the first pause is within a line */
		begin(RAW_PASTE, FRIENDLY, gentle, 64);
		t.board.timer = true;
		t.board.period_us = period_us;
		t.board.prints = "ck\r\n";
		say(&t.board, "ti");
		assert_true(until(REPL_READY));
		assert_string_equal(strbuf_text(&t.board.heard), "\x01");
	}
	begin(RAW_PASTE, PRINTING, gentle, 64); /* a progress bar is no answer */
	t.board.prints = "\b\b\x1b[2Dtick\r\n";
	assert_true(until(REPL_BUSY));
	begin(RAW_PASTE, PRINTING, gentle, 64); /* nor is a prompt in a log */
	t.board.prints = ">>> \r\n>>> ";
	assert_true(until(REPL_BUSY));
	drain();
	assert_string_equal(strbuf_text(&t.board.heard), "\x01\x02");
}

UNIT_TEST(interrupting_takes_a_few_tries_at_most)
{
	for (unsigned n_deaf = 0; n_deaf < 8; n_deaf++) {
		begin(RAW_PASTE, RUNNING, (struct repl_options){ .interrupt = true }, 64);
		t.board.n_deaf = n_deaf;
		assert_true(until(n_deaf < 4 ? REPL_READY : REPL_BUSY));
	}
	begin(RAW_PASTE, TYPED, (struct repl_options){ .interrupt = true }, 64);
	assert_true(until(REPL_READY));
}

UNIT_TEST(reset_where_there_is_one)
{
	const struct repl_options reset = { .reset = true };
	begin(RAW_PASTE, FRIENDLY, reset, 3);
	assert_true(until(REPL_READY));
	assert_string_equal(strbuf_text(&t.board.heard), "\x01\x04");
	begin(PASTE_ONLY, FRIENDLY, reset, 3);
	assert_true(until(REPL_NO_RESET));
	assert_string_equal(strbuf_text(&t.board.heard), "\x01\x01");
}

UNIT_TEST(listen_only_sends_nothing)
{
	begin(RAW_PASTE, FRIENDLY, (struct repl_options){ .listen_only = true }, 64);
	assert_true(until(REPL_BUSY));
	say(&t.board, "hello\r\n>>> ");
	until(REPL_LEFT);
	assert_int_equal(t.board.heard.n_bytes, 0);
}

/* ---- resets ---- */

/* What boards print when they are reset, and where they are then. */
static const struct {
	const char *text;
	enum at at;
} resets[] = {
	{ "\r\nMPY: soft reboot" FRIENDLY_BANNER, FRIENDLY },
	{ "OK\r\nMPY: soft reboot\r\n" RAW_BANNER, RAW }, /* by another Ctrl-D in raw mode */
	{ FRIENDLY_BANNER, FRIENDLY },                    /* the button, by a converter */
	{ "ets Jun  8 2016 00:22:57\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13\r\nload:0x3fff0030,len:4540\r\n" FRIENDLY_BANNER,
	  FRIENDLY },
	{ "\r\n ets Jan  8 2013,rst cause:2, boot mode:(3,6)\r\n\xff\xfe\x80~" FRIENDLY_BANNER, FRIENDLY },
	{ "\r\nsoft reboot\r\n\r\nAdafruit CircuitPython 9.2.1 on 2024-11-20; X with Y\r\n>>> ", FRIENDLY },
};

/* Whether a program runs there as it should, and the prompt comes back. */
static void assert_of_use(void)
{
	strbuf_reset(&t.events);
	run("three\n");
	assert_string_equal(strbuf_text(&t.events), "three\r\n<done>");
	leave();
	assert_false(heard(3));
}

UNIT_TEST(a_reset_at_the_prompt)
{
	for (size_t i = 0; i < ARRAY_SIZE(resets); i++) {
		size_t n = strlen(resets[i].text);
		for (size_t cut = 0; cut <= n; cut++) {
			begin_ready(RAW_PASTE, 64);
			t.board.at = resets[i].at;
			t.stride = MAX(cut, (size_t)1); /* the first feed ends here */
			strbuf_add(&t.board.out, resets[i].text, MIN(n, cut));
			if (cut > 0)
				until(n == cut ? REPL_READY : REPL_REBOOTED);
			t.stride = 64;
			strbuf_puts(&t.board.out, resets[i].text + cut);
			if (n > cut && !until(REPL_READY))
				fail_msg("reset %zu cut at %zu: %s", i, cut, strbuf_text(&t.events));
			assert_string_equal(strbuf_text(&t.events), "<ready><rebooted><ready>");
			assert_of_use();
		}
	}
}

/* main.py runs afterwards; later that ends, too. */
UNIT_TEST(a_reset_into_a_program)
{
	for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
		begin_ready(RAW_PASTE, strides[k]);
		say(&t.board, "\r\nMPY: soft reboot\r\nmain.py is here\r\n");
		t.board.at = RUNNING;
		assert_true(until(REPL_BUSY));
		assert_int_equal(repl_run(&t.repl, "three\n", 6, t.now_us), -EBUSY);
		say(&t.board, FRIENDLY_BANNER);
		t.board.at = FRIENDLY;
		assert_true(until(REPL_READY));
		assert_string_equal(strbuf_text(&t.events), "<ready><rebooted><busy><rebooted><ready>");
		assert_of_use();
	}
}

/* A program that was only listened to. */
UNIT_TEST(a_reset_while_it_is_busy)
{
	for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
		begin(RAW_PASTE, PRINTING, gentle, strides[k]);
		assert_true(until(REPL_BUSY));
		say(&t.board, resets[3].text);
		t.board.at = FRIENDLY;
		assert_true(until(REPL_READY));
		assert_string_equal(strbuf_text(&t.events), "<busy><rebooted><ready>");
		assert_of_use();
	}
}

UNIT_TEST(a_reset_while_a_program_of_ours_runs)
{
	for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
		begin_ready(RAW_PASTE, strides[k]);
		t.board.resets_in_code = true;
		assert_int_equal(repl_run(&t.repl, "one\n", 4, t.now_us), 0);
		assert_true(until(REPL_READY));
		assert_non_null(strstr(strbuf_text(&t.events), "<ready>so far\r\n"));
		assert_non_null(strstr(strbuf_text(&t.events), "<restarted><ready>"));
		t.board.resets_in_code = false;
		assert_of_use();
	}
}

/* What was on its way to the raw prompt comes to the new one, which takes a Ctrl-E as paste mode. */
UNIT_TEST(a_reset_with_a_question_on_its_way)
{
	static const struct {
		const char *text;
		enum at at;
	} cases[] = {
		{ FRIENDLY_BANNER "\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== A\x01", PASTE },
		{ FRIENDLY_BANNER "print(1)", TYPED },
		{ FRIENDLY_BANNER, TYPED }, /* nothing was echoed */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
			begin_ready(RAW_PASTE, strides[k]);
			t.board.at = RUNNING; /* it does not answer */
			assert_int_equal(repl_run(&t.repl, "one\n", 4, t.now_us), 0);
			strbuf_reset(&t.board.heard);
			say(&t.board, cases[i].text);
			t.board.at = cases[i].at;
			assert_true(until(REPL_READY));
			assert_true(heard(3));
			assert_null(strstr(strbuf_text(&t.events), "typed"));
			strbuf_reset(&t.board.heard);
			assert_of_use();
		}
	}
}

/* A program of the user's that runs at boot is not interrupted, whatever it prints. */
UNIT_TEST(a_reset_into_a_program_that_asks)
{
	static const char *const cases[] = { "=== name: ", "... ", ">>> ", "MicroPython v1.25.0\r\n=== menu: " };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (unsigned running = 0; running < 2; running++) {
			begin_ready(RAW_PASTE, 64);
			t.board.resets_in_code = running;
			t.board.at = running ? t.board.at : RUNNING;
			assert_int_equal(repl_run_ours(&t.repl, "one\n", 4, t.now_us), 0);
			if (running)
				while (t.repl.state != REPL_S_OUTPUT && t.repl.state != REPL_S_LISTEN) {
					t.n_steps = t.n_done + 1;
					until(REPL_READY);
				}
			t.n_steps = 0;
			strbuf_reset(&t.board.heard);
			say(&t.board, "\r\nMPY: soft reboot\r\n");
			say(&t.board, cases[i]);
			t.board.at = RUNNING;
			t.n_steps = t.n_done + 3000;
			until(REPL_LEFT);
			assert_false(heard(3));
		}
	}
}

/* It comes in only after the prompt was seen, and the Ctrl-A that looks for it is a part of the text that is pasted. */
UNIT_TEST(a_question_that_comes_late_after_a_reset)
{
	begin_ready(RAW_PASTE, 64);
	t.board.at = RUNNING;
	assert_int_equal(repl_run(&t.repl, "one\n", 4, t.now_us), 0);
	say(&t.board, FRIENDLY_BANNER);
	while (t.repl.state != REPL_S_PROBE) {
		t.n_steps = t.n_done + 1;
		until(REPL_READY);
	}
	t.n_steps = 0;
	say(&t.board, "\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== A\x01\x01");
	t.board.at = PASTE;
	assert_true(until(REPL_READY));
	assert_true(heard(3));
	strbuf_reset(&t.board.heard);
	assert_of_use();
}

/* The same words by a program that goes on. */
UNIT_TEST(output_that_looks_like_a_reset)
{
	static const char code[] =
		"MPY: soft reboot\nMicroPython v1.25.0 on x; y\n"
		"Type \"help()\" for more information.\n>>> \nrst:0x1\ngo on\n";

	for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
		begin_ready(RAW_PASTE, strides[k]);
		run(code);
		assert_string_equal(strbuf_text(&t.events),
				    "<ready>MPY: soft reboot\r\nMicroPython v1.25.0 on x; y\r\n"
				    "Type \"help()\" for more information.\r\n>>> \r\nrst:0x1\r\ngo on\r\n<done>");
		assert_of_use();
	}
}

/* Words in the middle of a line are no reset. */
UNIT_TEST(a_console_that_talks_of_resets)
{
	begin_ready(RAW_PASTE, 1);
	say(&t.board, "\r\na thread says: MPY: soft reboot, MicroPython v1, rst:0x1\r\n");
	until(REPL_LEFT);
	assert_string_equal(strbuf_text(&t.events), "<ready>");
}

/* A reset that was not seen: the question for raw-paste opens paste mode at the friendly prompt. Not a byte of
 * the program may land there. */
UNIT_TEST(a_reset_that_was_not_seen)
{
	for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
		begin_ready(RAW_PASTE, strides[k]);
		t.board.at = FRIENDLY;
		assert_int_equal(repl_run(&t.repl, "one\n", 4, t.now_us), 0);
		assert_true(until(REPL_READY));
		assert_string_equal(strbuf_text(&t.events), "<ready><restarted><ready>");
		assert_null(strstr(strbuf_text(&t.board.heard), "one"));
		strbuf_reset(&t.board.heard); /* the one Ctrl-C that left paste mode */
		assert_of_use();
	}
}

/* Raw mode outlives a soft reset: leaving at any time gives the prompt back. */
UNIT_TEST(leaving_in_the_middle_of_a_reset)
{
	for (unsigned n_steps = 1; n_steps < 200; n_steps++) {
		begin_ready(RAW_PASTE, 3);
		say(&t.board, resets[1].text);
		t.board.at = RAW;
		t.n_steps = n_steps;
		until(REPL_READY);
		t.n_steps = 0;
		repl_leave(&t.repl, t.now_us);
		assert_true(until(REPL_LEFT));
		until(REPL_LEFT);
		assert_int_equal(t.board.at, FRIENDLY);
	}
}

UNIT_TEST(a_reset_while_listening_only)
{
	begin(RAW_PASTE, RUNNING, (struct repl_options){ .listen_only = true }, 7);
	assert_true(until(REPL_BUSY));
	say(&t.board, resets[0].text);
	until(REPL_LEFT);
	assert_string_equal(strbuf_text(&t.events), "<busy><rebooted>");
	assert_int_equal(t.board.heard.n_bytes, 0);
}

UNIT_TEST(a_board_that_dies_in_the_middle_is_stuck)
{
	static const char code[] = "a program that is longer than the window of this board\n";
	begin_ready(RAW_PASTE, 64);
	t.board.dies_in_code = true;
	assert_int_equal(repl_run(&t.repl, code, strlen(code), t.now_us), 0);
	assert_true(until(REPL_STUCK));
}

UNIT_TEST(output_that_looks_like_the_end)
{
	static const char code[] = ">>> \nTraceback (most recent call last):\n  File \"x\"\nOSError: printed\ngo\n";

	for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
		begin_ready(PASTE_ONLY, strides[k]);
		run(code);
		assert_string_equal(strbuf_text(&t.events),
				    "<ready>>>> \r\nTraceback (most recent call last):\r\n  File \"x\"\r\n"
				    "OSError: printed\r\ngo\r\n<done>");
	}
}

/* What a program prints, and what the board adds. {mark}: the mark of this run; |: a pause. */
struct printed {
	const char *text, *events;
};

#define TRACEBACK "Traceback (most recent call last):\r\n  File \"<stdin>\", line 1\r\n"

static void say_printed(const char *text)
{
	static const char mark[] = "{mark}";

	while (*text) {
		size_t n = strcspn(text, "{|");
		strbuf_add(&t.board.out, text, n);
		text += n;
		if (*text == '|') {
			assert_false(until(REPL_LEFT));
			text++;
		} else if (*text) {
			say(&t.board, t.repl.mark);
			text += strlen(mark);
		}
	}
}

static void assert_printed(enum build build, const struct printed *printed, size_t n_printed)
{
	for (size_t i = 0; i < n_printed; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(strides); k++) {
			begin(build, FRIENDLY, (struct repl_options){ .seed = i + 1 }, strides[k]);
			t.board.only_runs = true;
			assert_true(until(REPL_READY));
			strbuf_reset(&t.events);
			assert_int_equal(repl_run(&t.repl, "one\n", 4, t.now_us), 0);
			assert_false(until(REPL_LEFT));
			say_printed(printed[i].text);
			until(REPL_LEFT);
			if (strcmp(strbuf_text(&t.events), printed[i].events) != 0)
				fail_msg("%zu, %zu bytes at a time: %s", i, strides[k], strbuf_text(&t.events));
		}
	}
}

UNIT_TEST(the_end_in_the_raw_modes)
{
	static const struct printed printed[] = {
		{ "x\r\n{mark}\x04\x04>", "x\r\n<done>" },
		{ "a\x04"
		  "b\x04\x04\r\n\x04{mark}\x04\x04>",
		  "a\x04"
		  "b\x04\x04\r\n\x04<done>" },
		{ "\x04memprof\x04\x04>x\x04memprof 12\x04{mark}\x04\x04>",
		  "\x04memprof\x04\x04>x\x04memprof 12\x04<done>" },
		{ "\x04\x04>go on\r\n{mark}\x04\x04>", "\x04\x04>go on\r\n<done>" },
		{ "\x04ValueError: x\r\n\x04>go on{mark}\x04\x04>", "\x04ValueError: x\r\n\x04>go on<done>" },
		{ "\x04" TRACEBACK "E: x\r\n\x04>go on{mark}\x04\x04>", "\x04" TRACEBACK "E: x\r\n\x04>go on<done>" },
		{ "\x04\x04MPY: slow{mark}\x04\x04>", "\x04\x04MPY: slow<done>" },
		/* of a callback, after the program */
		{ "{mark}tick\r\n\x04\x04>", "tick\r\n<done>" },
		{ "{mark}\x04KeyboardInterrupt: \r\n\x04>", "<done raised KeyboardInterrupt: \r\n>" },
		/* exceptions */
		{ "x\x04" TRACEBACK "E: a\x04"
		  "b\r\n\x04>",
		  "x<done raised " TRACEBACK "E: a\x04"
		  "b\r\n>" },
		{ "x\x04y\x04MemoryError: \r\n\x04>", "x\x04y<done raised MemoryError: \r\n>" },
		{ "\x04\x04" TRACEBACK "E: \r\n\x04>", "\x04<done raised " TRACEBACK "E: \r\n>" },
		{ "\x04y: z\x04MemoryError: \r\n\x04>", "\x04y: z<done raised MemoryError: \r\n>" },
		{ "x\x04" TRACEBACK "E: x\r\n\x04>tick\r\n|",
		  "x\x04" TRACEBACK "E: x\r\n\x04>tick\r\n" RAW_BANNER "<done raised " TRACEBACK "E: x\r\n>" },
		/* no mark, as from a firmware without builtins */
		{ "x\x04\x04>|", "x\x04\x04>" RAW_BANNER "<done>" },
		{ "x\x04what?\r\n\x04>|", "x\x04what?\r\n\x04>" RAW_BANNER "<done raised >" },
		/* SystemExit */
		{ "x\x04\x04MPY: soft reboot\r\n" RAW_BANNER, "x<restarted>" },
		{ "x\x04\x04\r\nMPY: sync filesystems\r\nMPY: soft reboot\r\n" RAW_BANNER, "x<restarted>" },
		/* Nothing is held for long, and the end is found all the same. */
		{ "a\x04|memprof|{mark}\x04\x04>", "a\x04memprof<done>" },
		{ "a\x04|Trace|back", "a\x04Traceback" },
		{ "a\x04Memo|ryError: \r\n\x04>", "a\x04Memo<done raised MemoryError: \r\n>" },
	};

	assert_printed(RAW_PASTE, printed, ARRAY_SIZE(printed));
	assert_printed(RAW_OLD, printed, ARRAY_SIZE(printed));
}

UNIT_TEST(the_end_in_paste_mode)
{
	static const struct printed printed[] = {
		{ "x\r\n{mark}>>> ", "x\r\n<done>" },
		{ "x{mark}>>> ", "x<done>" },
		{ "Q(\x04memprof\x04)\r\n\x04memprof\x04\x04memprof 12\x04{mark}>>> ",
		  "Q(\x04memprof\x04)\r\n\x04memprof\x04\x04memprof 12\x04<done>" },
		{ ">>> x\r\n>>> {mark}>>> ", ">>> x\r\n>>> <done>" },
		{ TRACEBACK "E: x\r\ngo on\r\n{mark}>>> ", TRACEBACK "E: x\r\ngo on\r\n<done>" },
		{ TRACEBACK "E: x\r\n\x1emem: \x1f{mark}>>> ", TRACEBACK "E: x\r\n\x1emem: \x1f<done>" },
		{ "x\r\n" TRACEBACK "E: x\r\n>>> ", "x\r\n<done raised " TRACEBACK "E: x\r\n>" },
		{ "x" TRACEBACK "E: x\r\n>>> ", "x<done raised " TRACEBACK "E: x\r\n>" },
		{ TRACEBACK "x\r\n" TRACEBACK "E: two\r\nlines\r\n>>> ",
		  TRACEBACK "x\r\n<done raised " TRACEBACK "E: two\r\nlines\r\n>" },
		{ "MemoryError: no room\r\n>>> ", "<done raised MemoryError: no room\r\n>" },
		{ TRACEBACK "MemoryError: x\r\n>>> ", "<done raised " TRACEBACK "MemoryError: x\r\n>" },
		{ "x\r\nMemoryError: y\r\n>>> ", "x\r\nMemoryError: y\r\n<done raised >" },
		{ "MemoryError: no room\r\nx{mark}>>> ", "MemoryError: no room\r\nx<done>" },
		/* a thread prints */
		{ "x{mark}>>> tick\r\n", "x<done>" },
		{ "x{mark}tick>>> ", "xtick<done>" },
		{ "x{mark}\r\n>>tick> ", "x>>tick> <done>" },
		/* no mark, and no exception */
		{ "x\r\n>>> ", "x\r\n<done raised >" },
		/* Nothing is held for long. */
		{ ">|", ">" },
		{ ">>|x{mark}>>> ", ">>x<done>" },
		{ "Trace|d\r\n|T|{mark}>>> ", "Traced\r\nT<done>" },
		{ "\x04|mem|{mark}>>> ", "\x04mem<done>" },
		{ TRACEBACK "|E: x\r\n|go on{mark}>>> ", TRACEBACK "E: x\r\ngo on<done>" },
		{ "Trace|back (most recent call last):\r\n|E: x\r\n>>> ",
		  "Traceback (most recent call last):\r\n<done raised Traceback (most recent call last):\r\nE: x\r\n>" },
	};

	assert_printed(PASTE_ONLY, printed, ARRAY_SIZE(printed));
}

/* What it does not read is not left to the prompt: read by its end lines, or cleared by a Ctrl-C. */
UNIT_TEST(a_program_that_takes_input)
{
	for (int build = RAW_PASTE; build <= PASTE_ONLY; build++) {
		begin((enum build)build, FRIENDLY, gentle, 7);
		t.board.only_runs = true;
		assert_true(until(REPL_READY));
		repl_expect_input(&t.repl, true);
		assert_false(repl_runs(&t.repl));
		assert_int_equal(repl_send(&t.repl, "y\n", 2), -EBUSY); /* it does not run yet */
		assert_int_equal(repl_run(&t.repl, "one\n", 4, t.now_us), 0);
		assert_int_equal(repl_send(&t.repl, "y\n", 2), -EBUSY);
		assert_false(until(REPL_LEFT));
		assert_true(repl_runs(&t.repl));
		assert_int_equal(text_find(t.repl.end_lines, t.repl.n_end_lines, "stdin") != NULL, build == PASTE_ONLY);
		assert_int_equal(repl_send(&t.repl, "y\n", 2), 0);
		say_printed(build == PASTE_ONLY ? ">>> x\r\n{mark}|" : "y\r\n{mark}|");
		assert_int_equal(heard(6), build == PASTE_ONLY);
		assert_false(repl_runs(&t.repl));
		say(&t.board, build == PASTE_ONLY ? ">>> " : "\x04\x04>");
		assert_true(until(REPL_DONE));
		repl_expect_input(&t.repl, false);
		assert_false(heard(3));
		t.board.at = build == PASTE_ONLY ? FRIENDLY : RAW;
		for (unsigned i = 0; i < 2; i++) { /* the second one is as ever */
			strbuf_reset(&t.board.heard);
			assert_int_equal(repl_run_ours(&t.repl, "two\n", 4, t.now_us), 0);
			assert_false(until(REPL_LEFT));
			assert_int_equal(*strbuf_text(&t.board.heard) == 3, i == 0);
			say_printed(build == PASTE_ONLY ? "{mark}>>> " : "\x04\x04>");
			assert_true(until(REPL_DONE));
		}
	}
}

/* It differs from run to run and from program to program, and is not in the program's text. */
UNIT_TEST(marks)
{
	char last[REPL_MARK_BYTES] = "";

	for (uint64_t i = 0; i < 200; i++) {
		begin(PASTE_ONLY, FRIENDLY, (struct repl_options){ .seed = i / 2 }, 64);
		assert_true(until(REPL_READY));
		for (uint64_t k = 0; k <= i % 2; k++) {
			assert_int_equal(repl_run(&t.repl, "one\n", 4, t.now_us), 0);
			assert_true(strlen(t.repl.mark) >= 12 && strlen(t.repl.mark) < REPL_MARK_BYTES - 1);
			assert_true(t.repl.n_end_lines < REPL_END_BYTES);
			assert_null(text_find(t.repl.end_lines, t.repl.n_end_lines, t.repl.mark + 1));
			assert_true(until(REPL_DONE));
		}
		assert_string_not_equal(t.repl.mark, last);
		strcpy(last, t.repl.mark);
	}
}

UNIT_TEST(a_long_program_keeps_to_the_window)
{
	for (int build = RAW_PASTE; build <= PASTE_ONLY; build++) {
		CLEANUP(strbuf_deinit) struct strbuf code = STRBUF_INIT;
		for (int i = 0; i < 300; i++)
			strbuf_printf(&code, "line %d of a program\n", i);
		begin_ready((enum build)build, 64);
		assert_int_equal(repl_run(&t.repl, code.text, code.n_bytes, t.now_us), 0);
		assert_true(until(REPL_DONE));
		assert_non_null(strstr(strbuf_text(&t.events), "line 299 of a program\r\n<done>"));
		assert_null(strstr(strbuf_text(&t.events), "stuck"));
	}
}

/* Whatever a board sends, at whatever moment, nothing breaks and every byte is used up. */
UNIT_TEST(any_bytes_at_any_moment)
{
	static const char pieces[][32] = { ">>> ",
					   "raw REPL; CTRL-B to exit\r\n>",
					   "OK",
					   "\x04",
					   "\x04\x04>",
					   "R\x01",
					   "\x10",
					   "\x01",
					   "=== ",
					   "\r\n",
					   "x",
					   "\x1b[3D",
					   "Traceback (most",
					   "\nMPY: soft reboot",
					   "\nrst:0x",
					   " for more information.\r\n>>> " };
	uint32_t random = 795;

	for (int round = 0; round < 3000; round++) {
		struct repl r;
		struct repl_event event;
		uint64_t now_us = 0;
		repl_init(&r, &(struct repl_options){ .interrupt = round & 1, .reset = round & 2 }, 0);
		for (int i = 0; i < 60; i++) {
			random = random * 1664525 + 1013904223;
			const char *piece = pieces[(random >> 16) % ARRAY_SIZE(pieces)];
			size_t n;
			repl_feed(&r, piece, strlen(piece), now_us);
			while (repl_next_event(&r, &event))
				if (event.kind == REPL_READY || event.kind == REPL_DONE)
					repl_run(&r, "print(1)\n", 9, now_us);
			assert_ptr_equal(r.p, r.end);
			repl_outbox(&r, &n);
			repl_sent(&r, n);
			if (random & 0x100) {
				now_us += (random >> 8) % 2000000;
				repl_tick(&r, now_us);
			}
		}
	}
}
