#include "codes.h"

#include "unit.h"

static struct board_info board, back;

static void fill(char *text, size_t n, char c)
{
	memset(text, c, n - 1);
	text[n - 1] = '\0';
}

static void make(struct strbuf *code)
{
	memset(&board, 0, sizeof(board));
	board.known = board.filesystems_known = true;
	fill(board.firmware, sizeof(board.firmware), 'f');
	fill(board.version, sizeof(board.version), 'v');
	fill(board.machine, sizeof(board.machine), '\xff');
	fill(board.platform, sizeof(board.platform), 'p');
	fill(board.build, sizeof(board.build), 'b');
	fill(board.unique_id, sizeof(board.unique_id), 'u');
	board.freq_hz = 1;
	board.gc = BOARD_GC_ON;
	board.gc_threshold_bytes = BOARD_NO_THRESHOLD;
	board.pystack_used_bytes = 3;
	board.flash_bytes = 4;
	board.flash_user_start = 5;
	board.n_device_blocks = 6;
	board.device_block_bytes = NOT_KNOWN;
	board.n_filesystems = BOARD_FILESYSTEMS_MAX;
	for (size_t i = 0; i < BOARD_FILESYSTEMS_MAX; i++) {
		fill(board.filesystems[i].path, sizeof(board.filesystems[i].path), '/');
		fill(board.filesystems[i].kind, sizeof(board.filesystems[i].kind), 'k');
		board.filesystems[i].total_bytes = 10 + i;
		board.filesystems[i].free_bytes = 20 + i;
	}
	board.n_partitions = BOARD_PARTITIONS_MAX;
	for (size_t i = 0; i < BOARD_PARTITIONS_MAX; i++) {
		struct board_partition *p = &board.partitions[i];
		fill(p->label, sizeof(p->label), 'l');
		p->type = 1 + i;
		p->subtype = 2 + i;
		p->offset_bytes = 3 + i;
		p->size_bytes = 4 + i;
		p->encrypted = i % 2;
	}
	memcpy(board.modules, "gc\nsys\n", 7);
	board.n_modules = 2;
	strbuf_reset(code);
	board_code_put(code, &board);
}

static bool get(const struct strbuf *code, size_t n_bytes)
{
	return board_code_get((const uint8_t *)code->text, n_bytes, &back);
}

UNIT_TEST(every_member)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;

	make(&code);
	assert_true(get(&code, code.n_bytes));
	assert_memory_equal(&back, &board, sizeof(board));
	memset(board.modules, 'm', sizeof(board.modules) - 1);
	strbuf_reset(&code);
	board_code_put(&code, &board);
	assert_true(get(&code, code.n_bytes));
	assert_memory_equal(&back, &board, sizeof(board));
}

UNIT_TEST(no_member_is_forgotten)
{
	if (sizeof(void *) != 8)
		skip();
	assert_int_equal(sizeof(struct board_info), 7152);
	assert_int_equal(sizeof(struct board_filesystem), 72);
	assert_int_equal(sizeof(struct board_partition), 64);
}

UNIT_TEST(cut_bytes_are_refused)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;

	make(&code);
	for (size_t n = 0; n < code.n_bytes; n++) {
		assert_false(get(&code, n));
		assert_false(back.known);
	}
	strbuf_putc(&code, 'x');
	assert_false(get(&code, code.n_bytes));
}

UNIT_TEST(damaged_bytes)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_refused = 0;

	make(&code);
	for (size_t i = 0; i < code.n_bytes; i++)
		for (int bit = 0; bit < 8; bit++) {
			code.text[i] = (char)(code.text[i] ^ (1 << bit));
			n_refused += !get(&code, code.n_bytes);
			assert_true(back.n_filesystems <= BOARD_FILESYSTEMS_MAX &&
				    back.n_partitions <= BOARD_PARTITIONS_MAX);
			code.text[i] = (char)(code.text[i] ^ (1 << bit));
		}
	assert_true(n_refused > 500);
}

/* The number of modules, of their bytes, and a NUL among these. */
UNIT_TEST(modules_that_cannot_be)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;

	make(&code);
	char *end = code.text + code.n_bytes;
	end[-15] = 8;
	assert_false(get(&code, code.n_bytes));
	end[-15] = 7 - 7 + 2;
	end[-23] = 100;
	assert_false(get(&code, code.n_bytes));
	end[-23] = 2;
	end[-1] = '\0';
	assert_false(get(&code, code.n_bytes));
}
