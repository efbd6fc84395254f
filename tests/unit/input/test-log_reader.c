/* Saved logs, read to their end. */
#include "memprof/input/log_reader.h"

#include "scratch.h"
#include "tests_dir.h"
#include "unit.h"

#define DATA TESTS_DIR "/data/"

struct seen {
	unsigned n_snapshots, n_pools, n_others;
	uint64_t n_skipped;
	uint64_t used_bytes; /* of the last snapshot */
	unsigned stop_after; /* snapshots; 0: never */
};

static int on_event(void *ctx, struct event *event)
{
	struct seen *seen = ctx;

	if (event->kind == EVENT_SNAPSHOT) {
		seen->n_snapshots++;
		seen->used_bytes = event->snapshot.heap->pools[0].reported.used_bytes;
	} else if (event->kind == EVENT_POOL) {
		seen->n_pools++;
	} else {
		seen->n_others++;
	}
	return seen->stop_after && seen->n_snapshots == seen->stop_after ? -ECANCELED : 0;
}

static int read_log(const char *path, struct diag *diag)
{
	struct seen seen = { .n_snapshots = 0 };
	struct log_reader r = { .name = path, .on_event = on_event, .ctx = &seen };

	return log_read(&r, diag);
}

UNIT_GROUP(scratch_make, scratch_remove)

UNIT_TEST(events_of_logs)
{
	static const struct {
		const char *name;
		const struct decoder *decoder;
		unsigned n_snapshots, n_pools;
		uint64_t used_bytes;
	} rows[] = {
		{ DATA "dumps/rp2-1.25.0-fresh.txt", &decoder_mem_info, 2, 0, 9712 },
		{ DATA "synthetic/cut-in-row.txt", &decoder_mem_info, 1, 0, 1536 },
		{ DATA "synthetic/caps.txt", &decoder_mem_info, 0, 8, 0 },
		{ DATA "synthetic/saved.stream", &decoder_stream, 2, 0, 5456 },
		{ DATA "synthetic/hello.txt", &decoder_mem_info, 0, 0, 0 },
		{ DATA "synthetic/empty.txt", &decoder_mem_info, 0, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct blob blob;
		struct diag diag = { .text = "" };
		assert_int_equal(blob_read(rows[i].name, &blob, NULL), 0);
		struct seen seen = { .n_snapshots = 0 };
		struct log_reader r = { .name = rows[i].name, .on_event = on_event, .ctx = &seen };
		if (log_read(&r, &diag) != 0)
			fail_msg("%s: %s", rows[i].name, diag.text);
		if (seen.n_snapshots != rows[i].n_snapshots || seen.n_pools != rows[i].n_pools ||
		    seen.used_bytes != rows[i].used_bytes)
			fail_msg("%s: %u snapshots, %u pools, %llu bytes used", rows[i].name, seen.n_snapshots,
				 seen.n_pools, (unsigned long long)seen.used_bytes);
		assert_ptr_equal(r.decoder, rows[i].decoder);
		assert_u64_equal(r.n_bytes, blob.n_bytes);
		assert_u64_equal(r.n_head, MIN(blob.n_bytes, (size_t)DECODER_PROBE_BYTES));
		assert_memory_equal(r.head, blob.bytes, r.n_head);
		blob_deinit(&blob);
	}
}

/* It has no events; who has no use for its bytes takes it for a file given by mistake. */
UNIT_TEST(a_memory_file)
{
	static const char name[] = DATA "objects/qemu.mem";
	CLEANUP(strbuf_deinit) struct strbuf memory = STRBUF_INIT;
	struct seen seen = { .n_snapshots = 0 };
	struct log_reader r = { .name = name, .on_event = on_event, .ctx = &seen, .memory = &memory };
	struct diag diag = { .text = "" };
	struct blob blob;

	assert_int_equal(blob_read(name, &blob, NULL), 0);
	assert_int_equal(log_read(&r, &diag), 0);
	assert_true(r.is_memory);
	assert_null(r.decoder);
	assert_u64_equal(r.n_bytes, blob.n_bytes);
	assert_u64_equal(memory.n_bytes, blob.n_bytes);
	assert_memory_equal(strbuf_text(&memory), blob.bytes, blob.n_bytes);
	assert_int_equal(seen.n_snapshots + seen.n_pools + seen.n_others, 0);
	blob_deinit(&blob);
	assert_int_equal(read_log(name, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "this is a memory file"));
	r = (struct log_reader){
		.name = DATA "dumps/rp2-1.25.0-fresh.txt", .on_event = on_event, .ctx = &seen, .memory = &memory
	};
	assert_int_equal(log_read(&r, &diag), 0);
	assert_false(r.is_memory);
}

/* More than one chunk, and the dump is split between two. */
UNIT_TEST(a_long_log)
{
	CLEANUP(strbuf_deinit) struct strbuf text = STRBUF_INIT;
	struct blob dump;
	struct seen seen = { .n_snapshots = 0 };

	assert_int_equal(blob_read(DATA "dumps/rp2-1.25.0-fresh.txt", &dump, NULL), 0);
	while (text.n_bytes < DECODER_PROBE_BYTES + (256 << 10) - 900)
		strbuf_puts(&text, "nothing to see here\r\n");
	strbuf_add(&text, dump.bytes, dump.n_bytes);
	struct log_reader r = { .name = scratch_write("long.log", text.text, text.n_bytes),
				.on_event = on_event,
				.ctx = &seen };
	assert_int_equal(log_read(&r, NULL), 0);
	assert_int_equal(seen.n_snapshots, 2);
	assert_u64_equal(seen.used_bytes, 9712);
	assert_u64_equal(r.n_bytes, text.n_bytes);
	blob_deinit(&dump);
}

/* "FILE@#2", "FILE@MARK": what is left out is counted. */
static void on_skipped(void *ctx, uint64_t n_snapshots) { ((struct seen *)ctx)->n_skipped += n_snapshots; }

UNIT_TEST(moments_of_a_log)
{
	static const char log[] =
		"GC: total: 1600, used: 160, free: 1440\n No. of 1-blocks: 2, 2-blocks: 1, max blk sz: 3, max free sz: 90\nmemprof: boot\n"
		"GC: total: 1600, used: 320, free: 1280\nmemprof: login\nfree memory: 3000\n"
		"GC: total: 1600, used: 480, free: 1120\nmemprof: login\nMemoryError\n";
	static const struct {
		const char *when;
		uint64_t n_snapshots, used_bytes;
		const char *error;
	} rows[] = {
		{ "#2", 1, 320, NULL },
		{ "boot", 1, 160, NULL },
		{ "login", 1, 480, NULL },
		{ "#4", 0, 0, "it has 3 dumps, so there is no #4" },
		{ "#x", 0, 0, "'#x' is none of its marks: 'boot', 'login'; #1 is" },
		{ "", 0, 0, "'' is none of its marks" },
		{ "logout", 0, 0, "'logout' is none of its marks: 'boot', 'login'; #1 is" },
	};
	char path[256], name[300];

	snprintf(path, sizeof(path), "%s", scratch_write("marks.log", log, strlen(log)));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct seen seen = { .n_snapshots = 0 };
		struct diag diag = { .text = "" };
		snprintf(name, sizeof(name), "%s@%s", path, rows[i].when);
		struct log_reader r = { .name = name, .on_event = on_event, .on_skipped = on_skipped, .ctx = &seen };
		assert_int_equal(log_read(&r, &diag), rows[i].error ? -EINVAL : 0);
		assert_int_equal(seen.n_snapshots, rows[i].n_snapshots);
		assert_int_equal(seen.n_skipped,
				 rows[i].error && strstr(rows[i].error, "marks") ? 0 : 3 - rows[i].n_snapshots);
		assert_int_equal(seen.n_others, 0);
		assert_u64_equal(seen.used_bytes, rows[i].used_bytes);
		if (rows[i].error && !strstr(diag.text, rows[i].error))
			fail_msg("%s: %s", rows[i].when, diag.text);
	}
}

UNIT_TEST(the_caller_can_stop)
{
	struct seen seen = { .stop_after = 1 };
	struct log_reader r = { .name = DATA "dumps/rp2-1.25.0-fresh.txt", .on_event = on_event, .ctx = &seen };
	struct diag diag = { .text = "" };

	assert_int_equal(log_read(&r, &diag), -ECANCELED);
	assert_int_equal(seen.n_snapshots, 1);
	assert_string_equal(diag.text, "");
}

UNIT_TEST(files_that_are_no_logs)
{
	static const struct {
		const char *name, *part;
	} rows[] = {
		{ DATA "synthetic/elf.bin", "this is an ELF file; memprof map reads it" },
		{ DATA "uf2/rp2040.uf2", "a UF2 firmware image" },
		{ "sim:leak", "this is a board, not a saved log" },
	};

	scratch_check_unreadable(read_log);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct diag diag = { .text = "" };
		assert_int_equal(read_log(rows[i].name, &diag), -EINVAL);
		assert_string_equal(diag.at.file, rows[i].name);
		if (!strstr(diag.text, rows[i].part))
			fail_msg("%s: %s", rows[i].name, diag.text);
	}
	struct diag diag = { .text = "" };
	assert_int_equal(read_log(scratch_write("log.gz", "\x1f\x8b\b", 3), &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "unpack it first: gzip -dc FILE >UNPACKED"));
	assert_int_equal(read_log(scratch_write("log.png", "\x89PNG\r\n", 6), &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "copy the text of the dump instead"));
}

UNIT_TEST(what_a_log_without_a_dump_is)
{
	static const struct {
		const char *name, *part;
	} rows[] = {
		{ DATA "synthetic/empty.txt", "it is empty; memprof attach --save FILE writes the console of a board" },
		{ DATA "synthetic/hello.txt",
		  "no heap dump in it, and no figures of a heap (memprof help formats). Next: memprof snap or memprof objects" },
		{ DATA "synthetic/gnu-ld.map", "this is a linker map" },
		{ DATA "synthetic/report.json", "this is JSON written by memprof" },
		{ DATA "uf2/rp2350.bin", "binary data" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct seen seen = { .n_snapshots = 0 };
		struct log_reader r = { .name = rows[i].name, .on_event = on_event, .ctx = &seen };
		struct diag diag = { .text = "" };
		assert_int_equal(log_read(&r, &diag), 0);
		assert_int_equal(seen.n_snapshots, 0);
		assert_int_equal(log_reader_no_dump(&r, &diag), -EINVAL);
		assert_string_equal(diag.at.file, rows[i].name);
		if (!strstr(diag.text, rows[i].part))
			fail_msg("%s: %s", rows[i].name, diag.text);
	}
}

/* The first bytes of a recording of frames, as they are and in a saved stream: its snapshots. */
static uint64_t read_cut(const char *name, size_t n_bytes, struct diag *ret_diag)
{
	CLEANUP(strbuf_deinit) struct strbuf stream = STRBUF_INIT;
	struct blob blob;
	uint64_t n_snapshots[2];

	assert_int_equal(blob_read(name, &blob, NULL), 0);
	strbuf_printf(&stream, "memprof-stream/1 2026-11-20T07:09:41.500Z\n0 < %zu\n", n_bytes);
	strbuf_add(&stream, blob.bytes, n_bytes);
	strbuf_putc(&stream, '\n');
	const char *names[] = { scratch_write("cut.bin", blob.bytes, n_bytes),
				scratch_write("cut.stream", stream.text, stream.n_bytes) };
	blob_deinit(&blob);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct seen seen = { .n_snapshots = 0 };
		struct log_reader r = { .name = names[i], .on_event = on_event, .ctx = &seen };
		if (log_read(&r, ret_diag) != 0)
			fail_msg("%s: %s", names[i], ret_diag->text);
		assert_ptr_equal(r.decoder, i == 0 ? &decoder_agent : &decoder_stream);
		assert_true(r.n_frames > 0);
		assert_int_equal(log_reader_no_dump(&r, ret_diag), -EINVAL);
		n_snapshots[i] = seen.n_snapshots;
	}
	assert_int_equal(n_snapshots[0], n_snapshots[1]);
	return n_snapshots[0];
}

UNIT_TEST(frames_without_a_whole_snapshot)
{
	struct diag diag = { .text = "" };

	assert_int_equal(read_cut(DATA "agent/changes", 300, &diag), 0);
	assert_non_null(strstr(diag.text, "no whole snapshot in it, among "));
	assert_int_equal(read_cut(DATA "agent/pools", 60, &diag), 0);
	assert_int_equal(read_cut(DATA "agent/pools", 300, &diag), 1); /* the figures of its pools came before */
}
