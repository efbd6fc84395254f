/* Which carrier reads the memory of a board, and what becomes of its faults. The session is a double. */
#include "memprof/live/board_memory.h"

#include "memprof/live/board_poll.h"
#include "memprof/protocol/peek.h"
#include "unit.h"

enum { MEMORY_BYTES = 8192 };
#define MEMORY_START UINT64_C(0x20000000)

/* ---- the board ---- */

static struct {
	uint8_t memory[MEMORY_BYTES];
	const char *modules;      /* those that its firmware has: "uctypes machine" */
	const char *raised;       /* the exception of the last program */
	const char *other_output; /* of a program that prints at the same time, mixed into n_mixed answers */
	unsigned n_mixed;
	unsigned n_no_room;  /* programs that raise MemoryError */
	unsigned gone_after; /* programs; 0: never */
	uint64_t unreadable; /* address that the agent does not read; 0: none */
	bool probe_is_on;    /* after memory_probe_begin */
	enum session_outcome probe_begins, probe_reads;
	char answer[4096];
	size_t n_answer;
	unsigned n_programs, n_collections, n_requests, n_begins, n_probe_reads;
	char last[256]; /* program */
} board;

static void put_answer(const char *module, uint64_t address, size_t n)
{
	const uint8_t *bytes = &board.memory[address - MEMORY_START];
	char *p = board.answer, *end = p + sizeof(board.answer);
	bool words = strcmp(module, "mem32") == 0;

	assert_true(address >= MEMORY_START && address + n <= MEMORY_START + MEMORY_BYTES);
	p += snprintf(p, (size_t)(end - p), "%s", words ? "[" : strcmp(module, "uctypes") == 0 ? "bytearray(b'" : "b'");
	for (size_t i = 0; i < n; i += words ? 4 : 1) {
		uint32_t word = 0;
		for (unsigned k = 0; words && k < 4; k++)
			word |= (uint32_t)bytes[i + k] << 8 * k;
		p += words ? snprintf(p, (size_t)(end - p), "%s%" PRIu32, i ? ", " : "", word) :
			     snprintf(p, (size_t)(end - p), "\\x%02x", bytes[i]);
	}
	snprintf(p, (size_t)(end - p), "%s\r\n", words ? "]" : strcmp(module, "uctypes") == 0 ? "')" : "'");
}

enum session_outcome __wrap_session_helper(struct session *s, const char *code);
enum session_outcome __wrap_session_helper(struct session *s, const char *code)
{
	unsigned long long address;
	size_t n;
	const char *at;

	(void)s;
	board.raised = "";
	snprintf(board.last, sizeof(board.last), "%s", code);
	if (strcmp(code, board_poll_collect_code) == 0) {
		board.n_collections++;
		return SESSION_DONE;
	}
	board.n_programs++;
	if (board.gone_after && board.n_programs > board.gone_after)
		return SESSION_GONE;
	if (board.n_no_room > 0) {
		board.n_no_room--;
		board.raised = "MemoryError: memory allocation failed";
		return SESSION_RAISED;
	}
	if ((at = strstr(code, "bytearray_at(")) && sscanf(at, "bytearray_at(%llx,%zu)", &address, &n) == 2) {
		board.raised = strstr(board.modules, "uctypes") ? "" : "ImportError: no module named 'uctypes'";
		put_answer("uctypes", address, n);
	} else if (strstr(code, "memorymap")) {
		board.raised = "ImportError: no module named 'memorymap'";
	} else if ((at = strstr(code, "m[")) && sscanf(at, "m[%llx+i]for i in range(0,%zu,4)", &address, &n) == 2) {
		board.raised = strstr(board.modules, "mem32") ? "" : "AttributeError: no attribute 'mem32'";
		put_answer("mem32", address, n);
	} else if (at && sscanf(at, "m[%llx+i]for i in range(%zu)", &address, &n) == 2) {
		board.raised = strstr(board.modules, "mem8") ? "" : "AttributeError: no attribute 'mem8'";
		put_answer("mem8", address, n);
	} else {
		fail_msg("what is this? %s", code);
	}
	if (*board.raised)
		return SESSION_RAISED;
	if (board.n_mixed > 0) {
		board.n_mixed--;
		memcpy(board.answer + 20, board.other_output, strlen(board.other_output));
	}
	board.n_answer = strlen(board.answer);
	return SESSION_DONE;
}

const char *__wrap_session_answer(const struct session *s, size_t *ret_n);
const char *__wrap_session_answer(const struct session *s, size_t *ret_n)
{
	(void)s;
	*ret_n = board.n_answer;
	return board.answer;
}

bool __wrap_session_raised(const struct session *s, const char *what);
bool __wrap_session_raised(const struct session *s, const char *what)
{
	(void)s;
	return strstr(board.raised, what) != NULL;
}

enum session_outcome __wrap_session_memory(struct session *s, uint64_t address, size_t n_bytes, uint8_t *ret);
enum session_outcome __wrap_session_memory(struct session *s, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	(void)s;
	board.n_requests++;
	assert_true(n_bytes <= SESSION_MEMORY_MAX_BYTES);
	if (board.gone_after && board.n_requests > board.gone_after)
		return SESSION_GONE;
	if (board.unreadable >= address && board.unreadable < address + n_bytes)
		return SESSION_TIME;
	memcpy(ret, &board.memory[address - MEMORY_START], n_bytes);
	return SESSION_DONE;
}

/* ---- its probe ---- */

static int read_by_probe(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	struct memory_probe *p = ctx;

	board.n_probe_reads++;
	p->outcome = board.probe_reads;
	if (p->outcome != SESSION_DONE)
		return -EIO;
	memcpy(ret, &board.memory[address - MEMORY_START], n_bytes);
	return 0;
}

enum session_outcome __wrap_memory_probe_begin(struct memory_probe *p, struct session *session, struct diag *diag);
enum session_outcome __wrap_memory_probe_begin(struct memory_probe *p, struct session *session, struct diag *diag)
{
	(void)diag;
	board.n_begins++;
	*p = (struct memory_probe){ .session = session,
				    .reader = { .word_bytes = 4, .read = read_by_probe, .ctx = p } };
	board.probe_is_on = board.probe_begins == SESSION_DONE;
	return board.probe_begins;
}

bool __wrap_memory_probe_is_on(const struct memory_probe *p);
bool __wrap_memory_probe_is_on(const struct memory_probe *p)
{
	(void)p;
	return board.probe_is_on;
}

/* ---- tests ---- */

static struct board_info info;
static struct board_memory m;

UNIT_BEFORE(set_up)
{
	uint32_t random = 7;

	memset(&board, 0, sizeof(board));
	for (size_t i = 0; i < MEMORY_BYTES; i++)
		board.memory[i] = (uint8_t)next_random(&random);
	board.modules = "uctypes mem8 mem32";
	board.raised = "";
	board.probe_begins = board.probe_reads = SESSION_DONE;
	snprintf(info.platform, sizeof(info.platform), "rp2");
	board_memory_init(&m, NULL, &info, false);
	assert_int_equal(reader_allow(&m.reader, MEMORY_START, MEMORY_BYTES), 0);
}

static int read_memory(size_t at, size_t n_bytes)
{
	uint8_t bytes[MEMORY_BYTES];
	int r = reader_read(&m.reader, MEMORY_START + at, n_bytes, bytes);

	if (r == 0)
		assert_memory_equal(bytes, &board.memory[at], n_bytes);
	return r;
}

UNIT_TEST(a_few_bytes_by_an_expression)
{
	assert_false(m.any_asked);
	assert_int_equal(read_memory(3, 20), 0);
	assert_true(m.any_asked);
	assert_string_equal(board.last, "print(__import__('uctypes').bytearray_at(0x20000003,20))");
	assert_int_equal(board.n_programs, 1);
	assert_int_equal(read_memory(1, 2 * PEEK_MAX_BYTES + 1), 0);
	assert_int_equal(board.n_programs, 1 + 3);
	assert_int_equal(board.n_begins, 0);
}

UNIT_TEST(a_module_that_is_missing_is_tried_once)
{
	board.modules = "mem8";
	assert_int_equal(read_memory(0, 200), 0);
	assert_int_equal(board.n_programs, 2 + 4); /* uctypes and memorymap; 64 bytes each */
	assert_int_equal(read_memory(0, 64), 0);
	assert_int_equal(board.n_programs, 2 + 4 + 1);
}

/* On linux the name of a module may be that of a file of the user's. */
UNIT_TEST(on_linux_no_module_but_uctypes)
{
	snprintf(info.platform, sizeof(info.platform), "linux");
	assert_int_equal(read_memory(0, 16), 0);
	board.modules = "mem8 mem32";
	assert_int_equal(read_memory(0, 16), -EIO);
	assert_int_equal(m.outcome, SESSION_UNABLE);
	assert_int_equal(board.n_programs, 2);
	assert_non_null(strstr(m.diag.text, "nothing that reads memory by bytes"));
	m.words = true;
	assert_int_equal(read_memory(0, 16), -EIO);
	assert_non_null(strstr(m.diag.text, "nothing that reads memory 32 bits at a time"));
	assert_int_equal(board.n_programs, 2);
}

/* Instruction memory of an ESP: whole words, from a multiple of 4, also for a few bytes between. */
UNIT_TEST(words_of_32_bits)
{
	m.words = true;
	assert_int_equal(read_memory(5, 6), 0);
	assert_non_null(strstr(board.last, "m[0x20000004+i]for i in range(0,8,4)"));
	for (size_t at = 0; at < 5; at++)
		for (size_t n = 1; n < 140; n++)
			assert_int_equal(read_memory(at, n), 0);
	assert_int_equal(read_memory(0, 4096), 0);
	assert_int_equal(board.n_begins, 0); /* the probe reads bytes */
}

UNIT_TEST(other_output_in_an_answer)
{
	board.other_output = "sensor: 21.5";
	board.n_mixed = 2;
	assert_int_equal(read_memory(0, 64), 0);
	assert_int_equal(board.n_programs, 3);
	board.n_mixed = 3;
	board.n_programs = 0;
	assert_int_equal(read_memory(0, 64), -EIO);
	assert_int_equal(board.n_programs, 3);
	assert_int_equal(m.outcome, SESSION_UNABLE);
	assert_non_null(strstr(m.diag.text, "does a program print at the same time?"));
	assert_u64_equal(m.address, MEMORY_START);
	assert_int_equal(read_memory(0, 64), 0);
	assert_string_equal(m.diag.text, "");
}

UNIT_TEST(a_collection_makes_room_to_ask)
{
	board.n_no_room = 2;
	assert_int_equal(read_memory(0, 64), 0);
	assert_int_equal(board.n_collections, 2);
	board.n_no_room = 9;
	assert_int_equal(read_memory(0, 64), -EIO);
	assert_int_equal(m.outcome, SESSION_RAISED);
	assert_int_equal(board.n_collections, 2 + 3);
}

UNIT_TEST(a_board_that_goes)
{
	board.gone_after = 1;
	assert_int_equal(read_memory(0, 2 * PEEK_MAX_BYTES), -EIO);
	assert_int_equal(m.outcome, SESSION_GONE);
	assert_u64_equal(m.address, MEMORY_START + PEEK_MAX_BYTES);
	assert_int_equal(board.n_programs, 2);
}

UNIT_TEST(much_is_read_by_the_probe)
{
	assert_int_equal(read_memory(0, 2047), 0);
	assert_int_equal(board.n_begins, 0);
	board.n_programs = 0;
	assert_int_equal(read_memory(0, 2048), 0);
	assert_int_equal(read_memory(100, 8000), 0);
	assert_int_equal(board.n_begins, 1);
	assert_int_equal(board.n_probe_reads, 2);
	board.probe_is_on = false; /* another program ended it */
	assert_int_equal(read_memory(0, 4096), 0);
	assert_int_equal(board.n_begins, 2);
	assert_int_equal(board.n_programs, 0);
}

UNIT_TEST(a_probe_that_fails_is_not_tried_again)
{
	static const struct {
		enum session_outcome begins, reads;
		int result;
	} rows[] = {
		{ SESSION_UNABLE, SESSION_DONE, 0 },  { SESSION_NO_ROOM, SESSION_DONE, 0 },
		{ SESSION_DONE, SESSION_UNABLE, 0 },  { SESSION_GONE, SESSION_DONE, -EIO },
		{ SESSION_DONE, SESSION_GONE, -EIO }, { SESSION_STOPPED, SESSION_DONE, -EIO },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		set_up();
		board.probe_begins = rows[i].begins;
		board.probe_reads = rows[i].reads;
		assert_int_equal(read_memory(0, 2048), rows[i].result);
		assert_int_equal(board.n_programs, rows[i].result == 0 ? 4 : 0);
		assert_int_equal(board.n_begins, 1);
		if (rows[i].result == 0) {
			assert_int_equal(read_memory(0, 2048), 0);
			assert_int_equal(board.n_begins, 1);
		} else {
			assert_int_equal(m.outcome, rows[i].begins != SESSION_DONE ? rows[i].begins : rows[i].reads);
		}
	}
}

UNIT_TEST(an_agent_is_asked_in_pieces)
{
	board_memory_init(&m, NULL, &info, true);
	assert_int_equal(reader_allow(&m.reader, MEMORY_START, MEMORY_BYTES), 0);
	assert_int_equal(read_memory(10, 96), 0);
	assert_int_equal(board.n_requests, 1);
	assert_int_equal(read_memory(7, 4096), 0);
	assert_int_equal(board.n_requests, 1 + 43);
	board.unreadable = MEMORY_START + 200;
	assert_int_equal(read_memory(0, 300), -EIO);
	assert_int_equal(m.outcome, SESSION_UNABLE);
	assert_u64_equal(m.address, MEMORY_START + 192);
	assert_non_null(strstr(m.diag.text, "its agent does not read what is at 0x200000c0"));
	board.gone_after = 1;
	assert_int_equal(read_memory(0, 97), -EIO);
	assert_int_equal(m.outcome, SESSION_GONE);
	assert_int_equal(board.n_programs + board.n_begins, 0);
}
