#include "memprof/intake/build.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"

static int join(struct build *b, const struct build_spec *spec, struct diag *diag)
{
	if (spec->of_one_build)
		return input_elf_join_own(&b->map, &b->elf, spec->elf, spec->options, spec->want, diag);
	if (spec->options && strcmp(b->map.image.format, image_elf.name) == 0)
		return diag_at(diag, (struct place){ .file = spec->map }, -EINVAL,
			       "this is an ELF itself; %s with a linker map", spec->options);
	return input_elf_join(&b->map, &b->elf, spec->elf, spec->want, diag);
}

int build_read(struct build *ret, const struct build_spec *spec, struct diag *diag)
{
	*ret = (struct build){ .image = NULL };
	int r = spec->map ? input_image_read(&ret->map, spec->map, spec->want, diag) :
			    input_elf_read(&ret->elf, spec->elf, spec->want, diag);

	if (r < 0)
		return r;
	ret->image = spec->map ? &ret->map.image : &ret->elf.image;
	if (!spec->map || !spec->elf)
		return 0;
	r = join(ret, spec, diag);
	ret->is_joined = r == 0;
	return r;
}

int build_add_scripts(struct build *b, const struct linker_scripts *scripts, struct diag *diag)
{
	int r = scripts->names ? linker_scripts_read(scripts, &b->script, diag) : 0;

	if (r < 0 || !scripts->names)
		return r;
	r = linker_scripts_give_regions(&b->script, b->image, diag);
	if (r == 0)
		notice_at(&scripts->notices, (struct place){ .file = b->image->name }, "warning", "%s",
			  b->image->n_regions ? "it has regions of its own: those of the script are left out" :
						"the script gives no region whose origin is known");
	return MIN(r, 0);
}

void build_deinit(struct build *b)
{
	ldscript_deinit(&b->script);
	input_image_deinit(&b->map);
	input_image_deinit(&b->elf);
	*b = (struct build){ .image = NULL };
}
