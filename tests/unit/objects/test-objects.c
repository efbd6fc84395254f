/* Memory of real boards, as test-objects.py of tests/device reads it: a program with classes, a cache, closures. */
#include "memprof/objects/objects.h"

#include "memprof/objects/interpreter.h"
#include "sample.h"
#include "unit.h"

struct board {
	struct sample sample;
	struct memory_file file;
	struct objects *objects;
	struct objects_report report;
};

static struct board board;

static void read_board(const char *name)
{
	struct diag diag = { 0 };

	sample_read(name, &board.sample);
	assert_int_equal(
		memory_file_read((const char *)board.sample.bytes, board.sample.n_bytes, name, &board.file, &diag), 0);
	struct memory_reader reader = memory_file_reader(&board.file);
	if (objects_read(&reader, &board.file.ids, &board.objects, &diag) < 0)
		fail_msg("%s: %s", name, diag.text);
	assert_int_equal(objects_report(board.objects, &board.report), 0);
}

UNIT_AFTER(tear_down)
{
	objects_report_deinit(&board.report);
	objects_free(board.objects);
	memory_file_deinit(&board.file);
	sample_free(&board.sample);
	memset(&board, 0, sizeof(board));
}

static const struct objects_global *global(const char *path)
{
	for (size_t i = 0; i < board.report.n_globals; i++)
		if (strcmp(board.report.globals[i].path, path) == 0)
			return &board.report.globals[i];
	fail_msg("no global %s", path);
	return NULL;
}

static void assert_path(uint32_t i, const char *expected)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	objects_path(board.objects, i, &text);
	assert_string_equal(strbuf_text(&text), expected);
}

/* The object that has this path. */
static uint32_t find(const char *path, const char *kind)
{
	for (uint32_t i = 0; i < objects_count(board.objects); i++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		struct object object;
		objects_get(board.objects, i, &object);
		objects_path(board.objects, i, &text);
		if (strcmp(strbuf_text(&text), path) == 0 && strcmp(object.kind, kind) == 0)
			return i;
	}
	fail_msg("nothing is %s, %s", path, kind);
	return OBJECT_NONE;
}

/* Each block is of one object, and what the roots dominate is what is live. */
static void sums_are_right(const char *name)
{
	uint64_t n_live = 0, n_collectable = 0, n_kinds = 0;

	read_board(name);
	for (uint32_t i = 0; i < objects_count(board.objects); i++) {
		struct object object;
		objects_get(board.objects, i, &object);
		*(object.live ? &n_live : &n_collectable) += object.n_bytes;
		assert_int_equal(objects_at(board.objects, object.address), i);
		assert_int_equal(objects_at(board.objects, object.address + object.n_bytes - 1), i);
		assert_true(object.live ? object.retained_bytes >= object.n_bytes : object.retained_bytes == 0);
	}
	for (size_t i = 0; i < board.report.n_kinds; i++)
		n_kinds += board.report.kinds[i].sum.n_bytes;
	assert_u64_equal(n_live, board.report.totals.live.n_bytes);
	assert_u64_equal(n_collectable, board.report.totals.collectable.n_bytes);
	assert_u64_equal(n_live + n_collectable, board.file.ids.used_bytes);
	assert_u64_equal(n_kinds, n_live);
	assert_false(board.report.totals.is_upper_bound);
	assert_true(board.report.totals.has_stack);
}

UNIT_TEST(on_32_bits)
{
	struct object object;

	sums_are_right("objects/qemu.mem");
	objects_get(board.objects, global("handlers")->object, &object);
	assert_string_equal(object.kind, "list");
	objects_get(board.objects, global("log")->object, &object);
	assert_string_equal(object.class, "Log");
	assert_string_equal(board.report.classes[0].name, "Dev");
	assert_u64_equal(board.report.classes[0].n_objects, 40);
	/* a list of 40 in 48 words, and of each an instance, its table, a name of two blocks, a list, items, a tuple */
	assert_true(global("handlers")->retained_bytes > board.report.classes[0].retained_bytes);
	find("handlers[7].hist[2]", "tuple");
	find("cache['ev3'][2]['t']", "tuple");
	find("cache['ev3'][2]['t'][1]", "text");
	find("f.<closed 0>", "buffer");
	find("loop", "list");
	find("Dev.__init__", "function");
	assert_int_equal(objects_at(board.objects, 0x1000), OBJECT_NONE);
	assert_path(OBJECT_NONE, "");
}

static bool is_part(uint32_t i)
{
	struct object object;

	objects_get(board.objects, i, &object);
	return object.is_part;
}

UNIT_TEST(parts_of_objects)
{
	read_board("objects/qemu.mem");
	assert_true(is_part(find("__main__", "attributes")));
	assert_true(is_part(find("handlers", "list items")));
	assert_true(is_part(find("cache['ev3'][2]['t'][1]", "text")));
	assert_true(is_part(find("f.<closed 0>", "buffer")));
	assert_true(is_part(find("Dev", "dict"))); /* what its attributes are in */
	assert_false(is_part(find("handlers", "list")));
	assert_false(is_part(find("cache", "dict")));
	assert_false(is_part(find("Dev", "class")));
}

UNIT_TEST(in_four_areas_on_64_bits)
{
	sums_are_right("objects/unix-split.mem");
	assert_u64_equal(board.report.classes[0].n_objects, 12);
	find("handlers[11].name", "str");
}

/* m imports n, and has two names; s and t share their text, u and v do not. */
UNIT_TEST(of_several_areas_in_use)
{
	sums_are_right("objects/areas.mem");
	assert_int_equal(board.report.n_modules, 3);
	assert_int_equal(board.report.n_globals, 13);
	global("m.level");
	global("n.x");
	assert_int_equal(board.report.n_duplicates, 2);
	assert_int_equal(strncmp(board.report.duplicates[0].text, "twice ", 6), 0);
	assert_u64_equal(board.report.duplicates[0].n_bytes, 160);
	assert_int_equal(strncmp(board.report.duplicates[1].text, "shared ", 7), 0);
	assert_u64_equal(board.report.duplicates[1].n_bytes, 32);
}

/* Node(Node(Node(None))): what the first retains has the others in it. */
UNIT_TEST(of_instances_within_instances)
{
	sums_are_right("objects/chain.mem");
	assert_string_equal(board.report.classes[0].name, "Node");
	assert_u64_equal(board.report.classes[0].n_objects, 3);
	assert_u64_equal(board.report.classes[0].retained_bytes, global("chain")->retained_bytes);
}

static void read_again(void)
{
	struct memory_reader reader = memory_file_reader(&board.file);
	struct diag diag = { 0 };

	objects_free(board.objects);
	board.objects = NULL;
	assert_int_equal(objects_read(&reader, &board.file.ids, &board.objects, &diag), 0);
}

/* A core file of a build with a stack for Python: what a function's variables alone refer to. */
UNIT_TEST(of_pythons_own_stack)
{
	const struct memory_piece *p;
	struct object object;

	sums_are_right("objects/pystack.mem");
	find("<stack 162>.<3>.<0>", "buffer");
	board.file.ids.n_registers = 0;
	for (p = board.file.pieces; p->start != board.file.ids.stack_pointer; p++)
		;
	memset(board.file.bytes.text + p->offset, 0, p->n_bytes); /* C's has none of it */
	read_again();
	objects_get(board.objects, find("<stack 162>.<3>.<0>", "buffer"), &object);
	assert_true(object.live);
}

UNIT_TEST(what_registers_refer_to_is_live)
{
	struct object object;
	uint32_t i = 0;

	read_board("objects/qemu.mem");
	do
		objects_get(board.objects, i++, &object);
	while (object.live);
	board.file.ids.registers[0] = object.address;
	board.file.ids.n_registers = 1;
	read_again();
	objects_get(board.objects, objects_at(board.objects, object.address), &object);
	assert_true(object.live);
}

UNIT_TEST(of_a_stock_pico)
{
	sums_are_right("objects/rp2.mem");
	find("x", "list");
	find("rp2.PIOASMEmit", "class");
}

/* Halted in a function whose globals are not those of __main__; what it holds is on the stack. */
UNIT_TEST(of_a_halted_board)
{
	sums_are_right("objects/gdb.mem");
	assert_int_equal(board.file.ids.n_registers, 17);
	assert_u64_equal(board.file.ids.stack_pointer, board.file.ids.registers[13]);
	assert_int_equal(board.report.n_globals, 1);
	find("top", "list");
	find("<root 0>['work']", "function");
	find("<root 0>['keep'][9]", "buffer");
	find("<stack 56>[0]", "buffer");
}

/* MicroPython 1.9.2, halted: names have their length before them and other numbers, types have no flags, functions have
 * globals, generators a function, and the stack is elsewhere. */
UNIT_TEST(of_an_old_release)
{
	sums_are_right("objects/microbit.mem");
	assert_int_equal(board.report.classes[0].n_objects, 8);
	find("handlers[7].hist[2]", "tuple");
	find("cache['ev3'][2]['t'][1]", "text");
	find("Dev.__init__.<code>", "bytecode");
	find("numbers", "generator function");
	find("gen", "generator");
	find("f.<closed 0>", "buffer");
	find("large", "digits");
}

/* ---- without the board's word ---- */

static int find_interpreter(struct interpreter *ret, struct diag *diag)
{
	struct memory_reader reader = memory_file_reader(&board.file);
	struct reader_range ram[READER_RANGES_MAX];
	size_t n_ram = MIN(board.file.n_pieces, ARRAY_SIZE(ram));

	for (size_t i = 0; i < n_ram; i++)
		ram[i] = (struct reader_range){ board.file.pieces[i].start, board.file.pieces[i].n_bytes };
	int r = interpreter_find(&reader, ram, n_ram, ret, diag);
	return r < 0 ? r : interpreter_update(&reader, ram, n_ram, ret, diag);
}

/* What the board said of itself is found without its word, and so are the same objects. */
UNIT_TEST(an_interpreter_is_found)
{
	static const char *const names[] = { "objects/qemu.mem", "objects/unix-split.mem", "objects/rp2.mem",
					     "objects/gdb.mem", "objects/microbit.mem" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct diag diag = { 0 };
		struct interpreter in;
		read_board(names[i]);
		const struct interpreter_ids *ids = &board.file.ids;
		if (find_interpreter(&in, &diag) < 0)
			fail_msg("%s: %s", names[i], diag.text);
		assert_u64_equal(in.ids.id_modules, ids->id_modules);
		assert_u64_equal(in.ids.id_globals, ids->id_globals);
		assert_u64_equal(in.ids.id_type, ids->id_type);
		assert_u64_equal(in.ids.used_bytes, ids->used_bytes);
		assert_false(in.collects);
		uint64_t live = board.report.totals.live.n_bytes;
		struct objects_report report;
		struct objects *o;
		/* The stack as it was: below that is no memory of the file. */
		in.ids.stack_used_bytes = ids->stack_used_bytes;
		in.ids.stack_pointer = ids->stack_pointer;
		in.ids.n_registers = ids->n_registers;
		memcpy(in.ids.registers, ids->registers, sizeof(ids->registers));
		in.ids.id_reader = ids->id_reader;
		struct memory_reader reader = memory_file_reader(&board.file);
		assert_int_equal(objects_read(&reader, &in.ids, &o, &diag), 0);
		assert_int_equal(objects_report(o, &report), 0);
		assert_u64_equal(report.totals.live.n_bytes, live);
		assert_int_equal(report.n_globals, board.report.n_globals);
		objects_report_deinit(&report);
		objects_free(o);
		tear_down();
	}
}

UNIT_TEST(other_memory_has_none)
{
	struct memory_file *file = &board.file;
	struct diag diag = { 0 };
	struct interpreter in;

	file->ids.word_bytes = 4;
	for (unsigned i = 0; i < 70000; i++)
		strbuf_putc(&file->bytes, (char)(i * 7 >> 3));
	assert_int_equal(vec_push(file, pieces, (struct memory_piece){ 0x20000000, 70000, 0 }), 0);
	assert_int_equal(find_interpreter(&in, &diag), -ENOENT);
	assert_non_null(strstr(diag.text, "no MicroPython in 68 KiB"));
}

enum { RAM_START = 0x20000000, RAM_BYTES = 1 << 20, FAKE_TABLE_BYTES = 1 << 16, PERIPHERALS = 0x40000000 };

struct hostile {
	uint8_t *ram;
	uint64_t n_bytes; /* read in all */
};

static int read_hostile(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	struct hostile *h = ctx;

	assert_true(address >= RAM_START && address + n_bytes <= RAM_START + RAM_BYTES);
	memcpy(ret, h->ram + (address - RAM_START), n_bytes);
	h->n_bytes += n_bytes;
	return 0;
}

static void put_words(struct hostile *h, uint64_t offset, const uint32_t *words, size_t n_words)
{
	for (size_t i = 0; i < 4 * n_words; i++)
		h->ram[offset + i] = (uint8_t)(words[i / 4] >> i % 4 * 8);
}

/* Thousands of places that look like a heap: looking at them stays cheap, leads to no other memory, and leaves nothing
 * allowed. With dicts before them: the types of those are looked at, up to a limit. */
UNIT_TEST(false_heaps_are_cheap)
{
	const uint64_t tables[] = { RAM_START + RAM_BYTES / 2, PERIPHERALS };

	for (size_t i = 0; i < 4; i++) {
		uint32_t table = (uint32_t)tables[i % 2], pool = table + FAKE_TABLE_BYTES;
		const uint32_t head[] = { 0, table, FAKE_TABLE_BYTES, pool, pool + FAKE_TABLE_BYTES * 4 * 16 };
		const uint32_t dicts[] = { RAM_START + 4, 0, 1, pool, RAM_START + 4, 0, 1, pool };
		struct hostile h = { .ram = test_calloc(1, RAM_BYTES) };
		struct memory_reader reader = { .word_bytes = 4, .read = read_hostile, .ctx = &h };
		const struct reader_range ram = { RAM_START, RAM_BYTES };
		struct diag diag = { 0 };
		struct interpreter in;
		for (uint64_t at = 0x2000; at < RAM_BYTES / 4; at += 64) {
			put_words(&h, at, head, ARRAY_SIZE(head));
			if (i >= 2)
				put_words(&h, at + 24, dicts, ARRAY_SIZE(dicts));
		}
		assert_int_equal(interpreter_find(&reader, &ram, 1, &in, &diag), -ENOENT);
		assert_true(h.n_bytes < 8 * (uint64_t)RAM_BYTES);
		assert_int_equal(reader.n_ranges, 1);
		assert_u64_equal(reader.ranges[0].n_bytes, RAM_BYTES);
		test_free(h.ram);
	}
}

/* ---- the file ---- */

static int read_file(const char *text, size_t n, struct diag *diag)
{
	struct memory_file file = { .source = NULL };
	int r = memory_file_read(text, n, "a.mem", &file, diag);

	memory_file_deinit(&file);
	return r;
}

UNIT_TEST(a_file_is_written_as_it_was_read)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	read_board("objects/qemu.mem");
	memory_file_write(&board.file, &out);
	assert_int_equal(out.n_bytes, board.sample.n_bytes);
	assert_memory_equal(out.text, board.sample.bytes, out.n_bytes);
}

UNIT_TEST(registers_are_kept)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag diag = { 0 };

	board.file.ids = (struct interpreter_ids){ .word_bytes = 4, .stack_pointer = 0x2003fff0, .n_registers = 64 };
	board.file.ids.registers[63] = 0x20001230;
	memory_file_write(&board.file, &out);
	struct memory_file again = { .source = NULL };
	assert_int_equal(memory_file_read(out.text, out.n_bytes, "a.mem", &again, &diag), 0);
	assert_memory_equal(&again.ids, &board.file.ids, sizeof(again.ids));
	memory_file_deinit(&again);
}

/* Whatever is cut off, or other than it should be, has a line and a reason. */
UNIT_TEST(damaged_files_are_refused)
{
	static const char *const damaged[] = { "memprof-memory/2\n", "memprof-memory/1\n", "",
					       "memprof-memory/1\nword_bytes 0x5\n" };
	struct diag diag = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(damaged); i++) {
		assert_int_equal(read_file(damaged[i], strlen(damaged[i]), &diag), -EINVAL);
		assert_true(diag.text[0] && diag.at.line > 0);
	}
	sample_read("objects/qemu.mem", &board.sample);
	for (size_t n = 0; n < board.sample.n_bytes; n += n < 1500 ? 1 : 997)
		assert_int_equal(read_file((const char *)board.sample.bytes, n, &diag), -EINVAL);
}

static int read_memory(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	(void)ctx;
	for (size_t i = 0; i < n_bytes; i++)
		ret[i] = (uint8_t)(address + i);
	return address + n_bytes <= 256 ? 0 : -EIO;
}

UNIT_TEST(pieces_are_joined)
{
	struct memory_reader source = { .word_bytes = 4, .read = read_memory };
	struct memory_file *file = &board.file;
	struct memory_reader recorder = memory_file_recorder(file, &source);
	uint8_t bytes[64];

	assert_int_equal(reader_allow(&recorder, 0, 512), 0);
	assert_int_equal(reader_read(&recorder, 100, 20, bytes), 0);
	assert_int_equal(reader_read(&recorder, 10, 20, bytes), 0);
	assert_int_equal(reader_read(&recorder, 25, 10, bytes), 0); /* half of it is known */
	assert_int_equal(reader_read(&recorder, 35, 5, bytes), 0);  /* next to it */
	assert_int_equal(reader_read(&recorder, 300, 5, bytes), -EIO);
	assert_int_equal(memory_file_sort(file), 0);
	assert_int_equal(file->n_pieces, 2);
	assert_u64_equal(file->pieces[0].start, 10);
	assert_int_equal(file->pieces[0].n_bytes, 30);
	struct memory_reader reader = memory_file_reader(file);
	assert_int_equal(reader_allow(&reader, 0, 512), 0);
	assert_int_equal(reader_read(&reader, 12, 28, bytes), 0);
	for (size_t i = 0; i < 28; i++)
		assert_int_equal(bytes[i], 12 + i);
	assert_int_equal(reader_read(&reader, 12, 29, bytes), -EFAULT);
	assert_int_equal(reader_read(&reader, 9, 1, bytes), -EFAULT);
	assert_int_equal(reader_read(&reader, 119, 1, bytes), 0);
}
