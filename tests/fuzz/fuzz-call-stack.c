/* Preludes and line tables, and the call stack in a memory file. */
#include "fuzz.h"

#include "memprof/base/number.h"
#include "memprof/objects/call_stack.h"

static void read_code(const uint8_t *data, size_t size)
{
	struct call_code code;

	if (!call_code_read(data, size, &code))
		return;
	MUST(code.n_prelude <= size && code.n_prelude <= CALL_CODE_PRELUDE_MAX);
	MUST(code.n_state >= 1 && code.n_state <= UINT16_MAX);
	MUST(code.lines >= data && code.n_lines <= size - (size_t)(code.lines - data));
	uint32_t last = 0;
	for (uint32_t i = 0; i < 4096; i++) {
		uint32_t line = call_code_line(&code, i);
		MUST(line >= 1 && line >= last);
		last = line;
	}
	MUST(call_code_line(&code, UINT32_MAX) >= last);
}

static void check(const struct call_stack *stack)
{
	MUST(stack->n_frames <= CALL_STACK_MAX);
	for (size_t i = 0; i < stack->n_frames; i++)
		MUST(stack->frames[i].function && stack->frames[i].code && stack->frames[i].line);
}

static void read_names(struct memory_file *file, const struct call_stack *stack)
{
	struct memory_reader reader = memory_file_reader(file);
	struct objects *names = NULL;
	struct diag diag = { 0 };
	uint32_t qstrs[CALL_STACK_MAX];

	for (size_t i = 0; i < stack->n_frames; i++)
		qstrs[i] = stack->frames[i].name;
	if (call_names_read(&reader, &file->ids, qstrs, stack->n_frames, &names, &diag) == 0)
		for (size_t i = 0; i < stack->n_frames; i++)
			call_name(names, qstrs[i]);
	objects_free(names);
}

static void read_stacks(struct memory_file *file)
{
	struct memory_reader reader = memory_file_reader(file), again = memory_file_reader(file);
	struct call_stacks stacks = { .cache = NULL };
	struct call_stack stack, other;
	struct diag diag = { 0 };
	uint64_t sp;

	if (call_stacks_find(&stacks, &reader, &file->ids, NULL, &sp, &diag) < 0)
		return;
	if (call_stack_read(&stacks, &reader, sp, &stack) == 0) {
		check(&stack);
		read_names(file, &stack);
		/* Memory stands still. */
		MUST(call_stack_read(&stacks, &again, sp, &other) == 0);
		MUST(other.n_frames == stack.n_frames && other.is_cut == stack.is_cut);
		stacks.nlr_top = 0;
		if (call_stack_read(&stacks, &reader, sp, &other) == 0)
			check(&other);
	}
	call_stacks_deinit(&stacks);
}

FUZZ(data, size)
{
	struct memory_file file = { .source = NULL };
	struct diag diag = { 0 };

	read_code(data, size);
	if (memory_file_read((const char *)data, size, "input", &file, &diag) == 0)
		read_stacks(&file);
	memory_file_deinit(&file);
}
