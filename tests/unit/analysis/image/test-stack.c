#include "memprof/analysis/image_stack.h"

#include "unit.h"

static struct image_stack stack;
static struct image image;

UNIT_AFTER(tear_down)
{
	image_stack_deinit(&stack);
	image_stack_deinit(&stack); /* it is safe twice */
	image_deinit(&image);
}

/* Functions a, b, c … with these frames, 0: not known. Calls: "ab": a calls b; "a>b": it jumps there; "a?": by a name
 * that is not found. */
static void make(const uint64_t *frames, size_t n, const char *const *calls)
{
	image_init(&image, "x.elf");
	for (size_t i = 0; i < n; i++) {
		struct image_function *f = vec_add(&image, functions);
		assert_non_null(f);
		*f = (struct image_function){ .address = i,
					      .frame_bytes = frames[i] ? frames[i] : NOT_KNOWN,
					      .calls_known = true,
					      .i_call = (uint32_t)image.n_calls };
		for (size_t k = 0; calls[k]; k++) {
			bool tail = calls[k][1] == '>';
			char callee = calls[k][tail ? 2 : 1];
			if (calls[k][0] != (char)('a' + i))
				continue;
			f->n_calls++;
			assert_int_equal(
				vec_push(&image, calls,
					 (struct image_call){ callee == '?' ? IMAGE_NONE : (uint32_t)(callee - 'a'),
							      tail }),
				0);
		}
	}
}

/* From a function to the end of its path: "abd". */
static void assert_path(const char *path, uint64_t deepest_bytes, unsigned why)
{
	const struct stack_row *row = &stack.rows[path[0] - 'a'];

	assert_int_equal(row->deepest_bytes, deepest_bytes);
	assert_int_equal(row->why, why);
	for (; path[1]; path++, row = &stack.rows[row->next])
		assert_int_equal(row->next, path[1] - 'a');
	assert_int_equal(row->next, IMAGE_NONE);
}

UNIT_TEST(paths)
{
	static const char *const calls[] = { "ab", "ac", "bd", "cd", "ce", "e?", NULL };

	make((const uint64_t[]){ 8, 16, 32, 64, 0 }, 5, calls);
	assert_int_equal(image_stack(&image, &stack), 0);
	assert_path("acd", 104, STACK_NO_FRAME | STACK_NOT_FOUND);
	assert_path("bd", 80, 0);
	assert_path("e", 0, STACK_NO_FRAME | STACK_NOT_FOUND);
	assert_false(stack.rows[0].is_called);
	assert_true(stack.rows[3].is_called);
	assert_int_equal(stack.by_depth[0], 0);
	assert_int_equal(stack.by_frame[0], 3);
}

UNIT_TEST(jumps)
{
	static const char *const calls[] = { "a>b", "b>c", "cd", NULL };

	make((const uint64_t[]){ 100, 500, 50, 200 }, 4, calls);
	assert_int_equal(image_stack(&image, &stack), 0);
	assert_path("cd", 250, 0);
	assert_path("b", 500, 0); /* its own frame is deeper than all that comes after it */
	assert_path("ab", 500, 0);
	assert_true(stack.rows[0].tail);
}

/* a → b → c → a, with a way out of b, and one of c that is less deep; d calls itself. */
UNIT_TEST(circles)
{
	static const char *const calls[] = { "ab", "bc", "ca", "be", "cd", "dd", NULL };
	unsigned why = STACK_RECURSIVE;

	make((const uint64_t[]){ 1, 10, 100, 1000, 10000 }, 5, calls);
	assert_int_equal(image_stack(&image, &stack), 0);
	assert_path("be", 10010, why);
	assert_path("abe", 10011, why);
	assert_path("cabe", 10111, why);
	assert_path("d", 1000, why);
	assert_path("e", 10000, 0);
}

UNIT_TEST(nothing)
{
	image_init(&image, "x.elf");
	assert_int_equal(image_stack(&image, &stack), 0);
	assert_int_equal(stack.n_rows, 0);
}
