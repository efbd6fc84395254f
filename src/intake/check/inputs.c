#include "memprof/intake/check.h"

static void files_deinit(struct check_files *files)
{
	layout_deinit(&files->layout);
	build_deinit(&files->build);
	imports_deinit(&files->imports);
	tests_deinit(&files->tests);
	objects_report_deinit(&files->report);
	objects_free(files->objects);
	*files = (struct check_files){ .objects = NULL };
}

void check_inputs_deinit(struct check_inputs *in)
{
	for (size_t i = 0; i < N_CHECK_SIDES; i++)
		files_deinit(&in->sides[i]);
	components_free(in->rules);
	in->rules = NULL;
	while (in->n_functions > 0)
		first_alloc_deinit(&in->functions[--in->n_functions]);
}

bool check_inputs_lack_build(const struct check_inputs *in)
{
	const struct check_files *now = &in->sides[CHECK_NOW];

	return ((in->map || in->elf) && !now->build.image) || (in->bin && !now->bin.name);
}

static struct check_build build_of(const struct check_files *files)
{
	return (struct check_build){
		.image = files->build.image,
		.bin_name = files->bin.name,
		.bin_bytes = files->bin.name ? files->bin.size_bytes : NOT_KNOWN,
	};
}

int check_inputs_give(struct check_inputs *in)
{
	struct check_files *now = &in->sides[CHECK_NOW], *base = &in->sides[CHECK_BASE];
	const struct check_build build = build_of(now), old_build = build_of(base);
	bool has_old_build = old_build.image || old_build.bin_name;
	struct check *c = in->check;
	int r = check_heaps_offer(c);

	if (r == 0 && (build.image || build.bin_name))
		r = check_image(c, &build, has_old_build ? &old_build : NULL, in->rules);
	if (r == 0 && now->has_layout)
		r = check_layout(c, &now->layout, base->has_layout ? &base->layout : NULL);
	if (r == 0 && now->has_imports)
		r = check_imports(c, &now->imports, base->has_imports ? &base->imports : NULL);
	if (r == 0 && now->has_tests)
		r = check_tests(c, &now->tests, base->has_tests ? &base->tests : NULL);
	if (r == 0)
		r = check_functions(c, in->functions, in->n_functions);
	if (r == 0 && now->objects)
		r = check_objects(c, &now->report, base->objects ? &base->report : NULL);
	return r;
}
