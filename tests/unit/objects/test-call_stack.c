/* Memory of boards while tests/data/call-stacks/program.py is deep in calls, and the traceback of an exception that was
 * raised in the same place (scripts/call-stack-samples). */
#include "memprof/objects/call_stack.h"

#include "memprof/base/number.h"
#include "sample.h"
#include "unit.h"

struct board {
	struct sample sample;
	struct memory_file file, record;
	struct memory_reader source, reader;
	struct call_stacks stacks;
	uint64_t sp;
};

static struct board board;

static void read_board(const char *name, const uint8_t *bytes, size_t n_bytes)
{
	struct diag diag = { 0 };

	if (memory_file_read((const char *)bytes, n_bytes, name, &board.file, &diag) < 0)
		fail_msg("%s", diag.text);
	board.source = memory_file_reader(&board.file);
	board.record.ids = board.file.ids;
	board.reader = memory_file_recorder(&board.record, &board.source);
	if (call_stacks_find(&board.stacks, &board.reader, &board.file.ids, NULL, &board.sp, &diag) < 0)
		fail_msg("%s: %s", name, diag.text);
}

static void read_sample(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "call-stacks/%s.mem", name);
	sample_read(path, &board.sample);
	read_board(name, board.sample.bytes, board.sample.n_bytes);
}

UNIT_AFTER(tear_down)
{
	call_stacks_deinit(&board.stacks);
	memory_file_deinit(&board.file);
	memory_file_deinit(&board.record);
	sample_free(&board.sample);
	memset(&board, 0, sizeof(board));
}

static void show_stack(const struct call_stack *stack, struct strbuf *out)
{
	uint32_t qstrs[2 * CALL_STACK_MAX];
	struct objects *names = NULL;
	struct diag diag = { 0 };

	for (size_t i = 0; i < stack->n_frames; i++) {
		qstrs[2 * i] = stack->frames[i].file;
		qstrs[2 * i + 1] = stack->frames[i].name;
	}
	assert_int_equal(call_names_read(&board.reader, &board.file.ids, qstrs, 2 * stack->n_frames, &names, &diag), 0);
	for (size_t i = 0; i < stack->n_frames; i++) {
		const char *file = call_name(names, stack->frames[i].file);
		const char *name = call_name(names, stack->frames[i].name);
		strbuf_printf(out, "%s:%u %s\n", file ? file : "?", stack->frames[i].line, name ? name : "?");
	}
	objects_free(names);
}

static void assert_same(const struct call_stack *a, const struct call_stack *b)
{
	assert_int_equal(a->n_frames, b->n_frames);
	for (size_t i = 0; i < a->n_frames; i++) {
		const struct call_frame *x = &a->frames[i], *y = &b->frames[i];
		assert_true(x->function == y->function && x->code == y->code && x->i_code == y->i_code);
		assert_true(x->file == y->file && x->name == y->name && x->line == y->line);
	}
}

static void stack_is_right(const char *name)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT, truth CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct call_stack stack, again;
	struct sample sample;
	char path[128];

	read_sample(name);
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &stack), 0);
	assert_true(stack.n_frames > 1 && !stack.is_cut && !stack.is_old);
	show_stack(&stack, &text);
	snprintf(path, sizeof(path), "call-stacks/%s.txt", name);
	sample_read(path, &sample);
	strbuf_add(&truth, (const char *)sample.bytes, sample.n_bytes);
	sample_free(&sample);
	const char *own = strchr(strbuf_text(&text), '\n'); /* show(), which the traceback does not have */
	assert_string_equal(own + 1, strbuf_text(&truth));
	/* What is remembered is used, and is right. */
	uint64_t n_reads = board.reader.n_reads;
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &again), 0);
	assert_true(board.reader.n_reads > n_reads);
	assert_same(&again, &stack);
}

static const char *const samples[] = { "unix-big",       "unix-sorted", "unix-recursive", "unix-generators",
				       "qemu-big",       "qemu-sorted", "qemu-recursive", "qemu-generators",
				       "unix-1.19",      "qemu-reused", "qemu-repr-c",    "rp2-sorted",
				       "rp2-generators", "unix-1.28",   "qemu-frozen" };

UNIT_TEST(frames_are_those_of_a_traceback)
{
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		stack_is_right(samples[i]);
		tear_down();
	}
}

/* Without the chain of nlr_buf. */
UNIT_TEST(nlr_top_is_not_needed)
{
	struct call_stack with, without;

	read_sample("qemu-generators");
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &with), 0);
	board.stacks.nlr_top = 0;
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &without), 0);
	assert_same(&with, &without);
}

UNIT_TEST(functions_of_one_line)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct call_stack stack;

	read_sample("qemu-generators");
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &stack), 0);
	size_t n = 0;
	for (size_t i = 0; i < stack.n_frames; i++)
		if (stack.frames[i].is_one_line)
			stack.frames[n++] = stack.frames[i];
	stack.n_frames = n;
	show_stack(&stack, &text);
	assert_string_equal(strbuf_text(&text),
			    "<stdin>:95 act\n<stdin>:6 sample\n<stdin>:20 <lambda>\n"
			    "<stdin>:45 <genexpr>\n<stdin>:45 call\n<stdin>:41 <listcomp>\n"
			    "<stdin>:50 __enter__\n");
}

UNIT_TEST(an_old_release_is_reported)
{
	struct call_stack stack;

	read_sample("unix-1.18");
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &stack), 0);
	assert_true(stack.is_old);
	assert_int_equal(stack.n_frames, 0);
}

static uint8_t *byte_at(uint64_t address)
{
	for (size_t i = 0; i < board.file.n_pieces; i++) {
		const struct memory_piece *piece = &board.file.pieces[i];
		if (address >= piece->start && address - piece->start < piece->n_bytes)
			return (uint8_t *)board.file.bytes.text + piece->offset + (address - piece->start);
	}
	fail_msg("0x%llx is not in the sample", (unsigned long long)address);
	return NULL;
}

static bool has_word(uint64_t address)
{
	for (size_t i = 0; i < board.file.n_pieces; i++) {
		const struct memory_piece *piece = &board.file.pieces[i];
		if (address >= piece->start && address - piece->start <= piece->n_bytes - board.file.ids.word_bytes &&
		    piece->n_bytes >= board.file.ids.word_bytes)
			return true;
	}
	return false;
}

static uint64_t word_at(uint64_t address)
{
	uint64_t word;

	reader_words(board.file.ids.word_bytes, byte_at(address), 1, &word);
	return word;
}

static void set_word(uint64_t address, uint64_t value)
{
	for (unsigned i = 0; i < board.file.ids.word_bytes; i++)
		*byte_at(address + i) = (uint8_t)(value >> 8 * i);
}

static bool is_state(uint64_t at, const struct call_frame *frame)
{
	uint64_t word = board.file.ids.word_bytes;

	return has_word(at) && has_word(at + word) && word_at(at) == frame->function &&
	       word_at(at + word) > frame->code && word_at(at + word) - frame->code < 4096;
}

/* The state of a frame: on the stack, or where a word of the stack points to. */
static uint64_t state_of(const struct call_frame *frame)
{
	uint64_t word = board.file.ids.word_bytes;

	for (uint64_t at = board.sp; at + word <= board.stacks.stack_end; at += word) {
		if (is_state(at, frame))
			return at;
		if (is_state(word_at(at), frame))
			return word_at(at);
	}
	fail_msg("no state of the frame");
	return 0;
}

/* qemu-generators: show, act, sample, one, <lambda>, two, gen, ...; qemu-big: ..., two, big, big, ... */
enum { FRAME_SAMPLE = 2, FRAME_GEN = 6, FRAME_BIG = 6 };

static void forget(void)
{
	struct call_stacks old = board.stacks;

	assert_int_equal(call_stacks_init(&board.stacks, &old.ids, &old.areas, old.stack_end, old.nlr_top), 0);
	call_stacks_deinit(&old);
}

static void assert_n_frames(size_t n)
{
	struct call_stack stack;

	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &stack), 0);
	assert_int_equal(stack.n_frames, n);
}

UNIT_TEST(a_generator_that_waits)
{
	struct call_stack stack;

	read_sample("qemu-generators");
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &stack), 0);
	set_word(state_of(&stack.frames[FRAME_GEN]) - board.file.ids.word_bytes, board.file.ids.id_none);
	assert_n_frames(stack.n_frames - 1);
}

UNIT_TEST(a_block_that_is_free)
{
	struct call_stack stack;

	read_sample("qemu-big");
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &stack), 0);
	const struct gc_area *area = &board.stacks.areas.areas[0];
	uint64_t block = (state_of(&stack.frames[FRAME_BIG]) - area->pool) / area->block_bytes;
	*byte_at(area->table + block / 4) &= (uint8_t) ~(3 << 2 * (block % 4));
	assert_n_frames(stack.n_frames - 1);
}

UNIT_TEST(a_state_of_another_function)
{
	struct call_stack stack;

	read_sample("qemu-big");
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &stack), 0);
	uint64_t word = board.file.ids.word_bytes, gone = state_of(&stack.frames[FRAME_BIG]);
	uint64_t other = state_of(&stack.frames[FRAME_SAMPLE]);
	*byte_at(gone + 3 * word) -= 1; /* n_state */
	assert_n_frames(stack.n_frames - 1);
	set_word(other + word, stack.frames[FRAME_SAMPLE].code + 1); /* ip, in the prelude */
	assert_n_frames(stack.n_frames - 2);
}

/* A block was another function's before: a state of that one is below the stack of its new use. */
UNIT_TEST(a_function_in_place_of_another)
{
	struct call_stack stack, same;

	read_sample("qemu-big");
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &stack), 0);
	forget();
	uint64_t word = board.file.ids.word_bytes, from = state_of(&stack.frames[FRAME_SAMPLE]);
	for (size_t i = 0; i < 5; i++)
		set_word(board.sp + i * word, word_at(from + i * word));
	set_word(board.sp + word, stack.frames[FRAME_SAMPLE].code - 64);
	set_word(board.sp + 2 * word, word_at(from + 2 * word) - from + board.sp);
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &same), 0);
	assert_int_equal(same.n_frames, stack.n_frames);
	assert_memory_equal(same.frames, stack.frames, stack.n_frames * sizeof(stack.frames[0]));
}

/* As a call leaves it on the stack when it has returned. */
static void leave_behind(const struct call_frame *frame, uint64_t at)
{
	uint64_t word = board.file.ids.word_bytes, from = state_of(frame);
	size_t n = 5 + (word_at(from + 3 * word) & UINT16_MAX);

	for (size_t i = 0; i < n; i++)
		set_word(at + i * word, word_at(from + i * word));
	set_word(at + 2 * word, word_at(from + 2 * word) - from + at);
}

/* What is left of it below the innermost frame. */
UNIT_TEST(a_call_that_returned)
{
	struct call_stack stack;

	read_sample("qemu-generators");
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &stack), 0);
	leave_behind(&stack.frames[FRAME_SAMPLE], board.sp);
	assert_n_frames(stack.n_frames);
	board.stacks.nlr_top = 0; /* then it cannot be known */
	assert_n_frames(stack.n_frames + 1);
}

/* The nlr_buf below it is that of a C function, as gc_sweep() has one for each finaliser. */
UNIT_TEST(a_call_that_returned_before_c_code)
{
	struct call_stack stack;

	read_sample("qemu-generators");
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &stack), 0);
	leave_behind(&stack.frames[FRAME_SAMPLE], board.sp + board.file.ids.word_bytes);
	set_word(board.sp, word_at(board.stacks.nlr_top));
	set_word(board.stacks.nlr_top, board.sp);
	assert_n_frames(stack.n_frames);
}

/* The memory of a function is used for something else, between two samples. */
UNIT_TEST(a_function_that_is_gone)
{
	struct call_stack stack, after;
	size_t n_left = 0;

	read_sample("qemu-sorted");
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &stack), 0);
	const struct call_frame *gone = &stack.frames[2];
	memset(byte_at(gone->code), 0xff, 4);
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &after), 0);
	for (size_t i = 0; i < stack.n_frames; i++)
		n_left += stack.frames[i].code != gone->code;
	assert_int_equal(after.n_frames, n_left);
	for (size_t i = 0; i < after.n_frames; i++)
		assert_true(after.frames[i].code != gone->code);
}

/* Frames below the stack pointer are none. */
UNIT_TEST(only_what_is_on_the_stack)
{
	struct call_stack stack, outer;

	read_sample("unix-recursive");
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp, &stack), 0);
	uint64_t sp = board.stacks.stack_end - (board.stacks.stack_end - board.sp) / 2;
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, sp, &outer), 0);
	assert_in_range(outer.n_frames, 2, stack.n_frames - 2);
	assert_memory_equal(outer.frames, stack.frames + stack.n_frames - outer.n_frames,
			    outer.n_frames * sizeof(outer.frames[0]));
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.stacks.stack_end, &outer), 0);
	assert_int_equal(outer.n_frames, 0);
}

UNIT_TEST(errors_of_the_reader)
{
	struct call_stack stack = { .n_frames = 77 };

	read_sample("qemu-big");
	assert_int_equal(call_stack_read(&board.stacks, &board.reader, board.sp - (1 << 20), &stack), -EFAULT);
	assert_int_equal(stack.n_frames, 77);
}

UNIT_TEST(code_before_the_first_line)
{
	assert_int_equal(call_line(7, "Dev"), 7);
	assert_int_equal(call_line(1, "f"), 1);
	assert_int_equal(call_line(CALL_LINE_BEFORE, "Dev"), 0);
	assert_int_equal(call_line(CALL_LINE_BEFORE, ""), 0);
	assert_int_equal(call_line(CALL_LINE_BEFORE, "<module>"), 1);
}

/* Of all the memory of a board: what is read of it. */
static int record(const char *from, const char *to)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT, text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct call_stack stack;
	FILE *file = fopen(from, "rb");
	static uint8_t bytes[64 << 20];

	if (!file)
		return 1;
	size_t n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	read_board(from, bytes, n);
	if (call_stack_read(&board.stacks, &board.reader, board.sp, &stack) < 0)
		return 1;
	show_stack(&stack, &text);
	if (memory_file_sort(&board.record) < 0)
		return 1;
	memory_file_write(&board.record, &out);
	file = fopen(to, "wb");
	if (!file || fwrite(out.text, 1, out.n_bytes, file) != out.n_bytes || fclose(file))
		return 1;
	return 0;
}

int main(int n_arguments, char **arguments)
{
	if (n_arguments == 3)
		return record(arguments[1], arguments[2]);
	return unit_run();
}
