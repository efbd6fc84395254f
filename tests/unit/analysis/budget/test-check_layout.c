/* Partitions against limits: what is used of them, by whom that is told, and what cannot be told. */

#include "budget/check_private.h"
#include "cases.h"
#include "made_budget.h"
#include "memprof/image/partitions.h"
#include "memprof/model/board.h"

static struct made_budget b;
static struct check c;
static struct layout now, base;

UNIT_BEFORE(begin)
{
	b = (struct made_budget){ 0 };
	c = (struct check){ 0 };
}

UNIT_AFTER(end)
{
	check_deinit(&c);
	layout_deinit(&now);
	layout_deinit(&base);
}

static const char two_slots[] =
	"nvs,data,nvs,0x9000,0x6000\notadata,data,ota,,0x2000\n"
	"ota_0,app,ota_0,0x20000,0x200000\nota_1,app,ota_1,,0x180000\nvfs,data,fat,,0x40000\n";

static const char factory[] = "nvs,data,nvs,0x9000,0x6000\nfactory,app,factory,0x20000,0x200000\n";

/* The table, and a firmware of so many bytes; NOT_KNOWN: none. */
static void lay_out(struct layout *l, const char *csv, uint64_t app_bytes)
{
	struct partition_options options = { NOT_KNOWN, 0x1000, NOT_KNOWN };
	struct partition_table t;
	struct diag diag = { .text = "" };

	if (partition_table_read(&t, "p.csv", csv, strlen(csv), &options, &diag) != 0)
		fail_msg("%s", diag.text);
	layout_partitions(l, &t, 4 << 20, true);
	if (app_bytes != NOT_KNOWN)
		layout_app(l, &t, app_bytes, "firmware.bin");
	partition_table_deinit(&t); /* the layout keeps nothing of it */
}

static void judge(bool with_base)
{
	assert_int_equal(layout_resolve(&now), 0);
	assert_int_equal(layout_resolve(&base), 0);
	assert_int_equal(check_begin(&c, &b.budget), 0);
	c.given[CHECK_OF_PARTITIONS] = true;
	c.given[CHECK_OF_BASELINE_PARTITIONS] = with_base;
	assert_int_equal(check_layout(&c, &now, with_base ? &base : NULL), 0);
	check_judge(&c);
}

static void claim(enum span_kind kind, const char *name, uint64_t start, uint64_t size_bytes, uint64_t used_bytes,
		  uint64_t free_bytes)
{
	layout_claim(&now, &(struct layout_claim){ LAYOUT_FLASH, start, size_bytes, name, kind, used_bytes, free_bytes,
						   "test" });
}

static uint64_t number(const char *word) { return word[0] == '-' ? NOT_KNOWN : strtoull(word, NULL, 0); }

static void claim_words(char **words)
{
	enum span_kind kind = 0;

	while (strcmp(span_kind_name(kind), words[0]) != 0)
		assert_true(++kind < N_SPAN_KINDS);
	claim(kind, words[1], number(words[2]), number(words[3]), number(words[4]), number(words[5]));
}

static void answer(char *input, struct strbuf *ret)
{
	bool with_base = false;

	for (char *line, *words[16]; (line = case_line(&input));) {
		case_words(line, words, ARRAY_SIZE(words));
		bool is_base = strcmp(words[0], "base") == 0;
		with_base |= is_base;
		if (strcmp(words[0], "claim") == 0)
			claim_words(words + 1);
		else if (!is_base && strcmp(words[0], "now") != 0)
			made_words(&b, words);
		else if (strcmp(words[1], "none") != 0)
			lay_out(is_base ? &base : &now, strcmp(words[1], "factory") == 0 ? factory : two_slots,
				number(words[2]));
	}
	judge(with_base);
	check_facts(ret, &c);
}

UNIT_CASES("analysis/budget/check_layout.cases", answer)

/* A dump of the flash holds images of some size: what is there now, unless a firmware is to go there. */
UNIT_TEST(a_dump_tells_what_it_holds)
{
	for (int with_app = 0; with_app < 2; with_app++) {
		struct partition rows[] = {
			{ .name = "factory",
			  .type = PARTITION_TYPE_APP,
			  .offset = 0x10000,
			  .size_bytes = 0x100000,
			  .used_bytes = 0x80000 },
			{ .name = "data",
			  .type = PARTITION_TYPE_DATA,
			  .offset = 0x110000,
			  .size_bytes = 0x10000,
			  .used_bytes = NOT_KNOWN },
		};
		struct partition_table t = { .name = "flash.bin",
					     .table_offset = 0x8000,
					     .bootloader_offset = 0x1000,
					     .bootloader_bytes = 0x5000,
					     .flash_bytes = 0x400000,
					     .rows = rows,
					     .n_rows = 2 };
		begin();
		made(&b, SUBJECT_PARTITION, "factory", "max_used", WHOLE(0x80000));
		made(&b, SUBJECT_PARTITION, "bootloader", "min_free", WHOLE(0x2000));
		layout_partitions(&now, &t, NOT_KNOWN, true);
		if (with_app)
			layout_app(&now, &t, 0x80001, "new.bin");
		judge(false);
		assert_row(&c, 0, with_app ? "fail 524289 of 524288, -1 left" : "pass 524288 of 524288, 0 left");
		assert_row(&c, 1, "pass 8192 of 8192, 0 left");
		end();
	}
}

UNIT_TEST(a_live_board_tells_of_its_files)
{
	struct board_info board = { .known = true,
				    .platform = "esp32",
				    .flash_bytes = 4 << 20,
				    .n_device_blocks = NOT_KNOWN,
				    .device_block_bytes = NOT_KNOWN,
				    .flash_user_start = NOT_KNOWN };

	board.n_filesystems = 1;
	board.filesystems[0] = (struct board_filesystem){ .path = "/", .total_bytes = 0x3e000, .free_bytes = 0x1e000 };
	made(&b, SUBJECT_PARTITION, "vfs", "max_used", WHOLE(0x20000));
	made(&b, SUBJECT_PARTITION, "vfs", "min_free", WHOLE(0x1e001));
	made(&b, SUBJECT_PARTITION, "/", "max_used", PERCENT(0.5));
	lay_out(&now, two_slots, NOT_KNOWN);
	layout_live(&now, &board, "sim:esp32");
	judge(false);
	assert_row(&c, 0, "pass 131072 of 131072, 0 left");
	assert_row(&c, 1, "fail 122880 of 122881, -1 left");
	assert_row(&c, 2, "pass 131072 of 131072, 0 left");
}

UNIT_TEST(what_another_space_shows_counts_once)
{
	made(&b, SUBJECT_PARTITION, "main", "max_used", WHOLE(0));
	claim(SPAN_MEMORY, "flash", 0, 0x100000, NOT_KNOWN, NOT_KNOWN);
	claim(SPAN_PARTITION, "main", 0x10000, 0x10000, 0x10, 0xfff0);
	layout_map(&now, &(struct layout_mapping){ LAYOUT_CPU, LAYOUT_FLASH, 0x40000000, 0x100000, 0 });
	layout_claim(&now,
		     &(struct layout_claim){ LAYOUT_CPU, 0x40000000, 0x100000, "FLASH", SPAN_REGION, 0, 0, "test" });
	judge(false);
	assert_row(&c, 0, "fail 16 of 0, -16 left");
}
