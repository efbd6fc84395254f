#include "memprof/input/build.h"

#include <errno.h>
#include <string.h>

#include "memprof/analysis/image_figures.h"
#include "memprof/base/number.h"

int build_settle(struct build *b, bool of_one_build, struct diag *diag)
{
	bool has_map = b->map.blob.bytes, has_both = has_map && b->elf.blob.bytes;
	int r = has_both ? image_join(&b->map.image, &b->elf.image) : 0;

	b->image = has_map ? &b->map.image : &b->elf.image;
	b->is_joined = has_both && r == 0;
	if (r == IMAGE_OTHER_BUILD && of_one_build)
		return diag_at(diag, (struct place){ .file = b->elf.image.name }, -EINVAL,
			       "from another build than %s; give both files of one build", b->map.image.name);
	return r < 0 ? diag_set(diag, r, "out of memory") : r;
}

int build_read(struct build *ret, const struct build_spec *spec, struct diag *diag)
{
	*ret = (struct build){ .image = NULL };
	int r = spec->map ? input_image_read(&ret->map, spec->map, spec->want, diag) : 0;
	bool is_elf = r == 0 && spec->map && strcmp(ret->map.image.format, image_elf.name) == 0;

	if (spec->elf && spec->options && is_elf)
		return diag_at(diag, (struct place){ .file = spec->map }, -EINVAL,
			       "this is an ELF itself; %s with a linker map", spec->options);
	bool lacks_folders = r == 0 && spec->map && image_objects_lack_folders(&ret->map.image);
	if (r == 0 && spec->elf)
		r = input_elf_read(&ret->elf, spec->elf, spec->want | (lacks_folders ? spec->want_if_no_folders : 0),
				   diag);
	return r < 0 ? r : build_settle(ret, spec->of_one_build, diag);
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
