/* Whole streams, as files beside what they say: tests/data/agent/NAME and NAME.events. They are made here, by an
 * encoder that shares nothing with either side; MEMPROF_BLESS=1 writes both anew. */

#include "agent_tx.h"
#include "cuts.h"
#include "events.h"
#include "memprof/protocol/decoder.h"
#include "memprof/protocol/stream.h"
#include "tests_dir.h"
#include "unit.h"

#define FOLDER TESTS_DIR "/data/agent/"

enum { N_BLOCKS = 500, N_SMALL = 40 };

/* ---- boards ---- */

struct maker {
	struct tx tx;
	uint8_t codes[N_BLOCKS], before[N_BLOCKS];
	uint32_t random;
	uint8_t number;
	uint64_t at_ms;
};

static void fill(struct maker *m, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		bool goes_on = i > first && m->codes[i - 1] != WIRE_FREE && next_random(&m->random) % 3;
		m->codes[i] = goes_on ? (uint8_t)WIRE_TAIL :
			      next_random(&m->random) % 2 ?
					(uint8_t)WIRE_FREE :
					(uint8_t)(WIRE_HEAD + next_random(&m->random) % (WIRE_N_CODES - WIRE_HEAD));
	}
}

static void make_begin(struct maker *m, uint8_t session)
{
	m->tx.session = session;
	m->tx.sequence = 0;
	m->number = 0;
	m->at_ms = 4294966000; /* its clock is about to wrap */
	m->random = 1u + session;
	fill(m, 0, N_BLOCKS);
	tx_hello(&m->tx, 16, WIRE_CAN_KINDS | WIRE_CAN_FINALISERS | WIRE_CAN_DELTAS | WIRE_REPORTS_GC, 1000,
		 "MicroPython v1.27.0\x1b[2J");
}

static void make_snapshot(struct maker *m, uint8_t flags)
{
	const struct tx_area areas[] = {
		{ 0x20000100, WIRE_MEMORY_SRAM, 300, m->codes },
		{ 0x60000000, WIRE_MEMORY_PSRAM, N_BLOCKS - 300, m->codes + 300 },
	};
	const struct tx_snapshot s = {
		.number = m->number++,
		.flags = flags | WIRE_HAS_KINDS | WIRE_HAS_FINALISERS,
		.at_ms = m->at_ms & 0xffffffff,
		.block_bytes = 16,
		.stack_used = 1200,
		.stack_limit = 8192,
		.areas = areas,
		.n_areas = 2,
		.before = flags & WIRE_KEY ? NULL : m->before,
		.rows_max = 2,
		.pause_us = 350,
		.n_collections = m->number,
	};
	tx_snapshot(&m->tx, &s);
	memcpy(m->before, m->codes, sizeof(m->before));
	m->at_ms += 1000;
}

static void make_event(struct maker *m, uint8_t what, unsigned n_fields, const uint64_t *fields, const char *text)
{
	struct strbuf p = STRBUF_INIT;

	tx_u8(&p, what);
	tx_varint(&p, m->at_ms & 0xffffffff);
	for (unsigned i = 0; i < n_fields; i++)
		tx_varint(&p, fields[i]);
	strbuf_puts(&p, text);
	tx_send(&m->tx, WIRE_EVENT, &p);
}

static void make_fields(struct maker *m, uint8_t type, unsigned n_fields, const uint64_t *fields, const char *text)
{
	struct strbuf p = STRBUF_INIT;

	for (unsigned i = 0; i < n_fields; i++)
		tx_varint(&p, fields[i]);
	strbuf_puts(&p, text);
	tx_send(&m->tx, type, &p);
}
#define FIELDS(...) \
	ARRAY_SIZE(((uint64_t[]){ __VA_ARGS__ })), (uint64_t[]) { __VA_ARGS__ }

static void make_text(struct maker *m, const char *text) { strbuf_puts(&m->tx.out, text); }

/* Leaves out what was written since. */
static void drop_since(struct maker *m, size_t n_bytes) { m->tx.out.n_bytes = n_bytes; }

/* ---- samples ---- */

static void changes_between_text(struct maker *m)
{
	make_text(m, "MicroPython v1.27.0 on 2026-11-20; Raspberry Pi Pico with RP2040\r\nstarted\r\n");
	make_begin(m, 7);
	make_snapshot(m, WIRE_KEY);
	for (int i = 0; i < 4; i++) {
		fill(m, 64 * (unsigned)i, 64);
		make_event(m, i % 2 ? WIRE_THRESHOLD : WIRE_GC_BEGAN, 0, NULL, "");
		make_event(m, WIRE_GC_ENDED, FIELDS(1500), "");
		make_text(m, "temp");
		make_snapshot(m, 0);
		make_text(m, "erature 21.5\r\n");
	}
	make_event(m, WIRE_MARK, 0, NULL, "after the loop\x07");
	make_event(m, WIRE_FAILED, FIELDS(0, 4096), "");
	make_event(m, WIRE_RECOVERED, FIELDS(0, 4096), "");
	make_event(m, WIRE_AREA_ADDED, FIELDS(0x20010000, 65536), "");
	make_event(m, WIRE_AREA_REMOVED, FIELDS(0x20010000, 65536), "");
	make_event(m, WIRE_EVENTS_LOST, FIELDS(3), "");
	make_fields(m, WIRE_QSTR, FIELDS(5000, 2, 80, 1000, 2500), "");
	make_fields(m, WIRE_MEMORY, FIELDS(0x20000000), "nobody asked");
	make_fields(m, 0x3f, FIELDS(1, 2, 3), "a later version");
	make_text(m, "GC: total: 64, used: 16, free: 48\r\n");
}

static void in_a_log(struct maker *m)
{
	m->tx.as_text = true;
	make_text(m, "[12:00:01] boot\n");
	make_begin(m, 9);
	make_text(m, "mp$ and mp$AAAA$ are no frames\n");
	make_snapshot(m, WIRE_KEY);
	make_text(m, "[12:00:02] Initial free: 3 allocated: 4\n[12:00:03] ");
	make_event(m, WIRE_MARK, 0, NULL, "in a line");
	fill(m, 100, 50);
	make_snapshot(m, 0);
}

static void other_pools(struct maker *m)
{
	uint8_t codes[N_SMALL] = { 2, 1, 1, 1, 0, 0, 0, 0, 2, 1 };
	const struct tx_area area = { 0x3ffb0000, WIRE_MEMORY_SRAM, N_SMALL, codes };
	struct tx_snapshot s = {
		.pool = 3, .flags = WIRE_KEY, .at_ms = 10, .block_bytes = 256, .areas = &area, .n_areas = 1, .raw = true
	};

	make_begin(m, 11);
	make_fields(m, WIRE_POOL, FIELDS(3, WIRE_POOL_TLSF, WIRE_MEMORY_PSRAM, 0x3ffb0000, 4096, 64), "tlsf\n0");
	make_fields(m, WIRE_POOL, FIELDS(4, 99, 99, 0, 1000, 0), "");
	make_fields(m, WIRE_STATS, FIELDS(3, 20, 0xfff, 4000, 2000, 1900, 1500, 1496, 3000, 700, 88, 2, 6, 4, 0), "");
	make_fields(m, WIRE_STATS, FIELDS(4, 20, WIRE_STAT_USED | WIRE_STAT_DAMAGED, 77, 1), "");
	make_fields(m, WIRE_STATS, FIELDS(0, 20, WIRE_STAT_TOTAL | WIRE_STAT_PEAK, 8000, 7000), "");
	make_snapshot(m, WIRE_KEY);
	tx_snapshot(&m->tx, &s);
	make_event(m, WIRE_FAILED, FIELDS(3, 100), "");
	make_snapshot(m, 0);
	make_fields(m, WIRE_POOL_GONE, FIELDS(3), "");
	make_snapshot(m, 0);
}

static void frames_that_are_lost(struct maker *m)
{
	make_begin(m, 13);
	make_snapshot(m, WIRE_KEY);
	fill(m, 0, 64);
	size_t at = m->tx.out.n_bytes;
	make_event(m, WIRE_MARK, 0, NULL, "lost");
	drop_since(m, at);
	make_snapshot(m, 0);
	at = m->tx.out.n_bytes;
	make_snapshot(m, 0); /* all of it */
	drop_since(m, at);
	make_snapshot(m, 0); /* cannot be shown: what changed since is not known */
	make_snapshot(m, WIRE_KEY);
	m->at_ms += 100;
	fill(m, 64, 128);
	at = m->tx.out.n_bytes;
	make_snapshot(m, 0);
	m->tx.out.n_bytes -= 20; /* its end */
	make_event(m, WIRE_MARK, 0, NULL, "not lost");
	make_snapshot(m, WIRE_KEY);
}

static void boards_that_are_reset(struct maker *m)
{
	make_begin(m, 15);
	make_snapshot(m, WIRE_KEY);
	make_event(m, WIRE_SOFT_RESET, 0, NULL, "");
	make_text(m, "MPY: soft reboot\r\n");
	make_snapshot(m, 0);
	size_t at = m->tx.out.n_bytes;
	make_snapshot(m, WIRE_KEY);
	drop_since(m, at + 100); /* in the middle */
	make_begin(m, 16);
	make_snapshot(m, WIRE_KEY);
	make_begin(m, 16); /* the same session: it began again, and nobody can tell but by what does not fit */
	for (int i = 0; i < 12; i++)
		make_snapshot(m, i ? 0 : WIRE_KEY);
	tx_hello(&m->tx, 0, 0, 0, "two");
	make_fields(m, WIRE_STATS, FIELDS(0, 13000, WIRE_STAT_TOTAL | WIRE_STAT_USED, 5000, 1234), "");
}

/* Figures of the text wait for lines that complete them: frames end that wait, and a reset after them is one. */
static void figures_before_a_reset(struct maker *m)
{
	make_begin(m, 17);
	make_snapshot(m, WIRE_KEY);
	make_text(m, "free memory: 5000\r\nMPY: soft reboot\r\nfree memory: 4000\r\n");
	make_event(m, WIRE_SOFT_RESET, 0, NULL, "");
}

/* A firmware in C: pools of its own, and no heap of Python. */
static void describe_pools(struct maker *m, const char *firmware)
{
	tx_hello(&m->tx, 0, WIRE_CAN_POOLS, 100, firmware);
	make_fields(m, WIRE_POOL, FIELDS(1, POOL_NEWLIB, WIRE_MEMORY_SRAM, 0x20000400, 8000, 0), "malloc");
	make_fields(m, WIRE_POOL, FIELDS(2, POOL_FIXED, WIRE_MEMORY_SRAM, 0x20004000, 4000, 0), "packets");
}

static void make_figures(struct maker *m, uint64_t at_ms)
{
	make_fields(m, WIRE_STATS, FIELDS(1, at_ms, WIRE_STAT_TOTAL | WIRE_STAT_USED, 8000, at_ms), "");
	make_fields(m, WIRE_STATS, FIELDS(2, at_ms, WIRE_STAT_TOTAL | WIRE_STAT_USED, 4000, at_ms / 2), "");
}

static void make_empty_snapshot(struct maker *m, uint64_t number, uint64_t at_ms)
{
	make_fields(m, WIRE_BEGIN, FIELDS(0, number, 0, WIRE_KEY, at_ms, 0, 0, 0, 0), "");
	make_fields(m, WIRE_END, FIELDS(0, number, 1, 0, 0, 0, 0, 40, 0, 0, 0, 5), ""); /* its digest is four zeros */
}

static void without_a_gc_heap(struct maker *m)
{
	m->tx.session = 31;
	make_empty_snapshot(m, 0, 50); /* joined late: no pool is described yet */
	describe_pools(m, "blinky 1.0");
	for (uint64_t i = 1; i < 4; i++) {
		make_figures(m, 100 * i);
		make_empty_snapshot(m, i, 100 * i);
	}
	make_fields(m, WIRE_POOL_GONE, FIELDS(2), "");
	make_figures(m, 400); /* of which one is gone */
	make_empty_snapshot(m, 4, 400);
	m->tx.session = 32; /* figures alone */
	m->tx.sequence = 0;
	describe_pools(m, "blinky 1.1");
	make_figures(m, 500); /* with the HELLO, and again: once */
	for (uint64_t i = 5; i < 8; i++)
		make_figures(m, 100 * i);
	m->at_ms = 700;
	make_event(m, WIRE_FAILED, FIELDS(2, 300), ""); /* after the figures */
	m->tx.session = 33;
	m->tx.sequence = 0;
	describe_pools(m, "blinky 1.2");
	make_figures(m, 900);
}

static const uint64_t all_of_a_window = (1 << WIRE_N_WINDOW) - 1;

/* What a wrapper of an allocator counts: windows that add up, callers, the words of the run before. The addresses are
 * of tests/data/elf/arm-call-sites.elf. */
static void allocations(struct maker *m)
{
	m->tx.session = 41;
	m->at_ms = 5;
	describe_pools(m, "blinky 1.3");
	make_figures(m, 5);
	make_event(m, WIRE_LAST_WORDS, FIELDS(123456, 1, 4096, 1728, 0x8041, 0, 4), "http");
	make_fields(m, WIRE_ALLOCATIONS, FIELDS(1, 6, 6, all_of_a_window, 2, 24, 1, 16, 0, 0, 0, 32, 7000, 2, 1, 1),
		    "");
	make_figures(m, 100);
	make_fields(m, WIRE_ALLOCATIONS,
		    FIELDS(1, 100, 94, all_of_a_window, 10, 5000, 3, 100, 2, 1, 16, 4900, 3000, 3, 5, 0, 7), "");
	make_fields(m, WIRE_ALLOCATIONS, FIELDS(2, 100, 0, WIRE_WINDOW_FREES, 3, 0), "");
	make_fields(m, WIRE_ALLOCATIONS, FIELDS(9, 100, 100, 0, 0), "of no pool");
	make_empty_snapshot(m, 0, 100); /* with the windows of both messages, joined */
	m->at_ms = 150;
	make_event(m, WIRE_FAILED, FIELDS(1, 4096, 0x8041, 1728, 5), "ht\x1bpof which more is known later");
	make_event(m, WIRE_LARGE, FIELDS(1, 3000, 0x8041), "");
	tx_hello(&m->tx, 0, WIRE_CAN_POOLS, 100, "blinky 1.3");
	make_event(m, WIRE_LAST_WORDS, FIELDS(123456, 1, 4096, 1728, 0x8041, 0, 4), "http"); /* the same again */
	make_figures(m, 200);
	make_empty_snapshot(m, 1, 200); /* nothing was requested since */
	make_figures(m, 300);
	/* values of later versions, a class above those of today; figures that cannot be */
	make_fields(m, WIRE_ALLOCATIONS,
		    FIELDS(1, 300, 100, 0x8000000000000001, 7, 1, 17, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
			   16, 17),
		    "and more");
	make_fields(m, WIRE_ALLOCATIONS, FIELDS(2, 300, UINT64_MAX, 3, UINT64_MAX, 1, 0), "");
	make_fields(m, WIRE_ALLOCATIONS, FIELDS(2, 300, 1, 3, 1, 1, 0), "");
	make_empty_snapshot(m, 2, 300);
	make_figures(m, 400);
	make_fields(m, WIRE_ALLOCATIONS, FIELDS(1, 400, 100, all_of_a_window, 7),
		    ""); /* cut: as a frame that is lost */
	make_empty_snapshot(m, 3, 400);
	m->tx.session = 42; /* after a reset: other words, of which a fault is a part */
	m->tx.sequence = 0;
	m->at_ms = 2;
	describe_pools(m, "blinky 1.3");
	make_figures(m, 2);
	make_event(m, WIRE_LAST_WORDS, FIELDS(450, 0, 0, 0, 0, 0x8060, 0), "");
	make_event(m, WIRE_LAST_WORDS, FIELDS(450, 0, 0, 0, 0, 0x8060, 20), "too short");
	make_figures(m, 50);
	make_empty_snapshot(m, 0, 50);
}

static void make_task(struct maker *m, uint64_t number, uint64_t flags, uint64_t stack_bytes, uint64_t least_free,
		      const char *name)
{
	make_fields(m, WIRE_TASK, FIELDS(number, flags, m->at_ms, stack_bytes, least_free, 96, 0x20001000), name);
}

static void make_moment(struct maker *m)
{
	static uint64_t number;

	make_empty_snapshot(m, number++, m->at_ms);
	m->at_ms += 100;
	make_figures(m, m->at_ms);
}

static void stacks_of_tasks(struct maker *m)
{
	m->at_ms = 100;
	m->tx.session = 41;
	describe_pools(m, "rtos 1.0");
	make_figures(m, m->at_ms);
	make_task(m, 0, 0, 1024, 100, "sensor");
	make_task(m, 1, WIRE_TASK_CURRENT, 512, 0, "memprof");
	make_task(m, 2, WIRE_TASK_UNMEASURED | WIRE_TASK_LAST, 0, 0, "");
	make_moment(m);
	make_moment(m); /* the same ones */
	make_task(m, 0, WIRE_TASK_LAST, 1024, 2048, "\x1b[31m a name that is far too long for the list of tasks");
	make_moment(m); /* two are gone, and the figure of the third is impossible */
	make_task(m, 0, 0, UINT64_C(1) << 48, UINT64_C(1) << 48, "one");
	make_moment(m); /* a round that is not whole */
	make_task(m, 0, 0, 1024, 5, "two");
	make_task(m, 1, WIRE_TASK_LAST | WIRE_TASK_MISSING, 0, 0, "");
	make_moment(m);
	make_task(m, 0, 0, 1024, 4, "three");
	size_t at = m->tx.out.n_bytes;
	make_task(m, 1, 0, 1024, 4, "lost");
	drop_since(m, at);
	make_task(m, 2, WIRE_TASK_LAST, 1024, 4, "four");
	make_moment(m); /* frames were lost: none is known */
	for (uint64_t i = 0; i < WIRE_TASKS_MAX + 6; i++)
		make_task(m, i, i == WIRE_TASKS_MAX + 5 ? WIRE_TASK_LAST : 0, 256, i, "many");
	make_moment(m); /* more than a host takes */
	for (uint64_t i = 0; i < WIRE_TASKS_MAX; i++)
		make_task(m, i, i == WIRE_TASKS_MAX - 1 ? WIRE_TASK_LAST : 0, 256, i, "as many");
	make_moment(m);
	for (uint64_t i = 0; i < WIRE_TASKS_MAX; i++)
		make_task(m, i, 0, 256, i, "as many");
	make_task(m, WIRE_TASKS_MAX, WIRE_TASK_LAST | WIRE_TASK_MISSING, 0, 0, "");
	make_moment(m);
	make_fields(m, WIRE_TASK, FIELDS(0, 2, 5), ""); /* too short: a lost frame */
	make_moment(m);
	m->tx.session = 42; /* figures alone: those of a round and its tasks are a snapshot */
	m->tx.sequence = 0;
	describe_pools(m, "rtos 1.1");
	for (uint64_t i = 20; i < 23; i++) {
		make_figures(m, 100 * i);
		make_task(m, 0, WIRE_TASK_LAST, 1024, i, "alone");
	}
}

static void another_major_version(struct maker *m)
{
	static const uint8_t hello[] = { 2, 5, 'w', 'h', 'o', 'e', 'v', 'e', 'r' };

	tx_frame(&m->tx, WIRE_HELLO, hello, sizeof(hello));
	make_snapshot(m, WIRE_KEY);
	make_text(m, "Initial free: 3 allocated: 4\n");
	tx_frame(&m->tx, WIRE_HELLO, hello, sizeof(hello));
}

static void text_with_zeros(struct maker *m)
{
	make_begin(m, 19);
	strbuf_add(&m->tx.out, "a\0b\0\0c\0\1d\0\2\0\0\x20too short\0", 25);
	make_snapshot(m, WIRE_KEY);
	m->tx.out.text[m->tx.out.n_bytes - 1] = 'x'; /* a zero that is not there */
	make_snapshot(m, WIRE_KEY);
	strbuf_add(&m->tx.out, "Initial free: 3 allocated: 4\n\0mp$", 33);
}

static void saved(struct maker *m)
{
	struct strbuf stream = STRBUF_INIT;

	make_begin(m, 21);
	make_snapshot(m, WIRE_KEY);
	make_text(m, "Initial free: 3 allocated: 4\n");
	make_snapshot(m, 0);
	stream_head(&stream, UINT64_C(1795158581) * 1000000, "/dev/ttyACM0");
	for (size_t at = 0, n = 50; at < m->tx.out.n_bytes; at += n) {
		n = MIN(n, m->tx.out.n_bytes - at);
		stream_chunk(&stream, at * 100, '<', m->tx.out.text + at, n);
	}
	strbuf_deinit(&m->tx.out);
	m->tx.out = stream;
}

static const struct sample_of {
	const char *name;
	void (*make)(struct maker *m);
	const struct decoder *decoder;
} samples[] = {
	{ "changes", changes_between_text, &decoder_agent },
	{ "log", in_a_log, &decoder_agent },
	{ "pools", other_pools, &decoder_agent },
	{ "lost", frames_that_are_lost, &decoder_agent },
	{ "reset", boards_that_are_reset, &decoder_agent },
	{ "figures-before-a-reset", figures_before_a_reset, &decoder_agent },
	{ "no-heap", without_a_gc_heap, &decoder_agent },
	{ "allocations", allocations, &decoder_agent },
	{ "tasks", stacks_of_tasks, &decoder_agent },
	{ "major", another_major_version, &decoder_agent },
	{ "zeros", text_with_zeros, &decoder_agent },
	{ "saved", saved, &decoder_stream },
};

/* ---- what is held to them ---- */

static void assert_file(const char *name, const char *suffix, const struct strbuf *is)
{
	char path[512];
	CLEANUP(strbuf_deinit) struct strbuf was = STRBUF_INIT;
	int c;

	snprintf(path, sizeof(path), FOLDER "%s%s", name, suffix);
	if (getenv("MEMPROF_BLESS")) {
		FILE *out = fopen(path, "wb");
		assert_non_null(out);
		fwrite(strbuf_text(is), 1, is->n_bytes, out);
		fclose(out);
	}
	FILE *in = fopen(path, "rb");
	assert_non_null(in);
	while ((c = getc(in)) != EOF)
		strbuf_putc(&was, (char)c);
	fclose(in);
	if (suffix[0])
		assert_string_equal(strbuf_text(is), strbuf_text(&was));
	assert_int_equal(is->n_bytes, was.n_bytes);
	assert_memory_equal(strbuf_text(is), strbuf_text(&was), was.n_bytes);
}

static void look_at(const struct sample_of *s)
{
	CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;
	struct maker m = { .number = 0 };

	s->make(&m);
	const uint8_t *bytes = (const uint8_t *)strbuf_text(&m.tx.out);
	assert_file(s->name, "", &m.tx.out);
	assert_int_equal(events_read(s->decoder, bytes, m.tx.out.n_bytes, (struct cuts){ 0 }, &events), 0);
	assert_file(s->name, ".events", &events);
	cuts_split(s->decoder, s->name, bytes, m.tx.out.n_bytes);
	cuts_end(s->decoder, bytes, m.tx.out.n_bytes);
	assert_ptr_equal(decoder_for(bytes, MIN(m.tx.out.n_bytes, (size_t)DECODER_PROBE_BYTES)), s->decoder);
	strbuf_deinit(&m.tx.out);
}

UNIT_TEST(every_sample_gives_its_events)
{
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		look_at(&samples[i]);
}

UNIT_TEST(a_largest_free_block_above_4_gib)
{
	CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;
	struct maker m = { .random = 1 };

	make_begin(&m, 7);
	make_event(&m, WIRE_FAILED, FIELDS(0, UINT64_C(8) << 30, 0x8041, UINT64_C(6) << 30, 0), "");
	events_read(&decoder_agent, strbuf_text(&m.tx.out), m.tx.out.n_bytes, (struct cuts){ 0 }, &events);
	assert_non_null(strstr(strbuf_text(&events), "by 8041 '', largest 6442450944"));
	strbuf_deinit(&m.tx.out);
}

/* Without frames it is mem_info, line for line. */
UNIT_TEST(text_alone_is_text)
{
	static const char log[] =
		"Initial free: 1 allocated: 2\nmp$\nGC: total: 64, used: 16, free: 48\n$$ \0\n>>> 1\r\n";
	CLEANUP(strbuf_deinit) struct strbuf as_text = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf as_agent = STRBUF_INIT;

	events_read(&decoder_mem_info, log, sizeof(log), (struct cuts){ 0 }, &as_text);
	events_read(&decoder_agent, log, sizeof(log), (struct cuts){ 0 }, &as_agent);
	assert_true(as_text.n_bytes > 0);
	assert_string_equal(strbuf_text(&as_agent), strbuf_text(&as_text));
	assert_int_equal(decoder_agent.probe((const uint8_t *)log, sizeof(log)), 0);
}
