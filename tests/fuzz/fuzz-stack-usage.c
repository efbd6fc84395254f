/* Any bytes as a .su or .ci file, for an image of three functions. */
#include "fuzz.h"

#include "memprof/analysis/image_stack.h"
#include "memprof/image/stack_usage.h"

static void make(struct image *image)
{
	static const struct image_slice names[] = { SLICE("helper"), SLICE("main"), SLICE("s.constprop.0") };

	image_init(image, "fuzz.elf");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct image_function *function = vec_add(image, functions);
		struct image_symbol *symbol = vec_add(image, symbols);
		MUST(function && symbol);
		*function = (struct image_function){ .linkage = names[i], .address = i, .frame_bytes = NOT_KNOWN };
		*symbol = (struct image_symbol){ .name = names[i], .address = i, .object = IMAGE_NONE, .kind = 'f' };
	}
}

FUZZ(data, size)
{
	struct stack_usage usage = { 0 };
	struct diag diag = { .text = "" };
	struct image image;
	struct image_stack stack;
	struct stack_usage_found found;
	int r = stack_usage_read(&usage, "fuzz.su", (const char *)data, size, &diag);

	MUST(r == 0 || diag.text[0]);
	make(&image);
	MUST(image_join_stack_usage(&image, &usage, &found) == 0 && found.n + found.unclear <= image.n_functions);
	MUST(image_stack(&image, &stack) == 0 && stack.n_rows == image.n_functions);
	for (size_t i = 0; i < stack.n_rows; i++) {
		const struct stack_row *row = &stack.rows[stack.by_depth[i]];
		uint64_t sum_bytes = 0;
		for (unsigned n_steps = 0;; row = &stack.rows[row->next]) { /* the path ends, and adds up */
			sum_bytes += row->tail || row->function->frame_bytes == NOT_KNOWN ? 0 :
											    row->function->frame_bytes;
			MUST(++n_steps <= stack.n_rows);
			if (row->next == IMAGE_NONE)
				break;
		}
		MUST(sum_bytes == stack.rows[stack.by_depth[i]].deepest_bytes);
	}
	image_stack_deinit(&stack);
	image_deinit(&image);
	stack_usage_deinit(&usage);
}
