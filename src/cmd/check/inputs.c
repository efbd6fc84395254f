#include "check/inputs.h"

#include <errno.h>
#include <string.h>

#include "memprof/cli/message.h"
#include "memprof/io/input_fd.h"

int check_inputs_init(struct check_inputs *in, const struct check_args *args, struct check *check)
{
	int r = 0;

	*in = (struct check_inputs){ .args = args, .check = check };
	for (size_t i = 0; i < ARRAY_SIZE(in->moments); i++)
		if (check_moments_init(&in->moments[i], check, (enum check_side)i) < 0)
			r = -ENOMEM;
	return r;
}

void check_inputs_deinit(struct check_inputs *in)
{
	for (size_t i = 0; i < ARRAY_SIZE(in->moments); i++)
		check_moments_deinit(&in->moments[i]);
	for (size_t i = 0; i < ARRAY_SIZE(in->memory); i++)
		check_memory_deinit(&in->memory[i]);
	check_builds_deinit(&in->now);
	check_builds_deinit(&in->base);
	ldscript_deinit(&in->script);
	components_free(in->rules);
	imports_deinit(&in->imports);
	imports_deinit(&in->base_imports);
	tests_deinit(&in->tests);
	tests_deinit(&in->base_tests);
	check_functions_deinit(in);
	arena_deinit(&in->arena);
}

/* ---- all of them ---- */

/* Once to follow its heap, and once more for each function. */
static int run_script(struct check_inputs *in, const char *script)
{
	bool functions = check_functions_are_wanted(in);
	bool only = functions && !check_asks(in->check, ~SUBJECT_BIT(SUBJECT_FUNCTION));
	int code = only ? EXIT_FINE : check_moments_run(in, script);

	if (!functions)
		return code;
	if (code == EXIT_DEVICE) {
		in->given[CHECK_OF_FUNCTIONS] = true;
		check_inputs_fail(in, CHECK_OF_FUNCTIONS, "%s could not be run once more for its functions", script);
		return code;
	}
	int r = check_functions_run(in, script, only);
	return exit_worse(code, r);
}

static int read_dump(struct check_inputs *in, const char *name)
{
	struct diag diag = { 0 };

	if (!in->draws || input_keep(name, &diag) == 0) /* a page reads it once more */
		return check_moments_read(in, name);
	message_diag(&diag);
	return EXIT_INPUT;
}

/* The board last: a file that cannot be read must not cost a run. */
int check_inputs_read(struct check_inputs *in)
{
	const char *live = in->args->inputs.live, *script = in->args->runs.all[0], *memory = in->args->memory;
	int code = check_builds_read(in), r = check_baselines_read(in);

	code = exit_worse(code, r);
	for (size_t i = 0; i < in->args->inputs.dumps.n; i++) {
		r = read_dump(in, in->args->inputs.dumps.all[i]);
		code = exit_worse(code, r);
	}
	if (memory)
		r = check_memory_read(in, memory);
	code = exit_worse(code, r);
	if (script && in->args->per_test)
		r = check_tests_run(in);
	else if (script)
		r = run_script(in, script);
	else if (live)
		r = check_moments_live(in, live);
	code = exit_worse(code, r);
	if (live && !script && !memory && check_memory_is_wanted(in))
		r = r == EXIT_DEVICE ? check_memory_fail(in, live) : check_memory_live(in, live);
	code = exit_worse(code, r);
	r = check_builds_layouts(in);
	return exit_worse(code, r);
}

/* Heaps kept by --init, before there were limits. */
static int give_kept(struct layout_heaps *kept, struct check *c)
{
	int r = 0;

	if (kept->any)
		r = check_moment(c, CHECK_NOW, &(struct moment){ .heap = &kept->heap, .timeline_us = NOT_KNOWN });
	for (size_t i = 0; r == 0 && i < kept->n_pools; i++)
		r = check_pool(c, CHECK_NOW, &(struct pool_moment){ .pool = kept->pools[i], .timeline_us = NOT_KNOWN });
	return r;
}

static struct check_build build_of(const struct check_build_files *files)
{
	return (struct check_build){
		.image = files->image,
		.bin_name = files->bin.name,
		.bin_bytes = files->bin.name ? files->bin.size_bytes : NOT_KNOWN,
	};
}

int check_inputs_give(struct check_inputs *in, struct check *c)
{
	const struct check_build now = build_of(&in->now), base = build_of(&in->base);
	bool has_now = now.image || now.bin_name, has_base = base.image || base.bin_name;
	int r = 0;

	memcpy(c->given, in->given, sizeof(c->given));
	memcpy(c->failed, in->failed, sizeof(c->failed));
	c->allow_missing = in->args->allow_missing;
	if (!in->check)
		r = give_kept(&in->moments[CHECK_NOW].last, c);
	if (r == 0)
		r = check_heaps_offer(c);
	if (r == 0 && has_now)
		r = check_image(c, &now, has_base ? &base : NULL, in->rules);
	if (r == 0 && in->now.has_layout)
		r = check_layout(c, &in->now.layout, in->base.has_layout ? &in->base.layout : NULL);
	if (r == 0 && in->has_imports)
		r = check_imports(c, &in->imports, in->has_base_imports ? &in->base_imports : NULL);
	if (r == 0 && in->has_tests)
		r = check_tests(c, &in->tests, in->has_base_tests ? &in->base_tests : NULL);
	if (r == 0)
		r = check_functions(c, (const struct first_alloc *const *)in->functions, in->n_functions);
	if (r == 0 && in->memory[CHECK_NOW].objects)
		r = check_objects(c, &in->memory[CHECK_NOW].report,
				  in->memory[CHECK_BASE].objects ? &in->memory[CHECK_BASE].report : NULL);
	return r;
}
