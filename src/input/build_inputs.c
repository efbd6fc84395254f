#include "memprof/input/build_inputs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/cli/message.h"
#include "memprof/io/datafile.h"

static int parse(struct input_image *ret, unsigned want, struct diag *diag)
{
	const struct blob *blob = &ret->blob;
	int r = -ENOMSG;

	if (image_format_of(blob->name, blob->bytes, blob->n_bytes, diag))
		r = image_read(&ret->image, blob->name, blob->bytes, blob->n_bytes, want, diag);
	if (r < 0)
		input_image_deinit(ret);
	return r;
}

int input_image_try(struct input_image *ret, const char *name, unsigned want, struct diag *diag)
{
	*ret = (struct input_image){ 0 };
	int r = blob_read(name, &ret->blob, diag);
	return r < 0 ? r : parse(ret, want, diag);
}

int input_image_read(struct input_image *ret, const char *name, unsigned want)
{
	struct diag diag = { 0 };

	if (input_image_try(ret, name, want, &diag) == 0)
		return 0;
	message_diag(&diag);
	return -EINVAL;
}

int input_image_take(struct input_image *ret, struct blob *blob, unsigned want)
{
	struct diag diag = { 0 };

	*ret = (struct input_image){ .blob = *blob };
	*blob = (struct blob){ 0 };
	if (parse(ret, want, &diag) == 0)
		return 0;
	message_diag(&diag);
	return -EINVAL;
}

void input_image_deinit(struct input_image *input)
{
	image_deinit(&input->image);
	blob_deinit(&input->blob);
}

int input_elf_read(struct input_image *ret, const char *name, unsigned want)
{
	if (input_image_read(ret, name, want) < 0)
		return -EINVAL;
	if (strcmp(ret->image.format, image_elf.name) == 0)
		return 0;
	message_at((struct place){ .file = name }, "error", "an ELF is wanted here; this is %s", ret->image.format);
	return -EINVAL;
}

int input_elf_join(struct input_image *map, struct input_image *ret_elf, const char *name, unsigned want)
{
	if (input_elf_read(ret_elf, name, want) < 0)
		return -EINVAL;
	int r = image_join(&map->image, &ret_elf->image);
	if (r >= 0)
		return r;
	message_error("out of memory");
	return -EINVAL;
}

int input_partitions(struct partition_table *ret, const char *name, const struct partition_options *options)
{
	struct blob blob = { 0 };
	struct diag diag = { 0 };
	int r = blob_read(name, &blob, &diag);

	if (r == 0)
		r = partition_table_read(ret, name, blob.bytes, blob.n_bytes, options, &diag);
	blob_deinit(&blob);
	if (r == 0)
		return 0;
	if (!diag.at.file)
		diag.at.file = name;
	message_diag(&diag);
	return -EINVAL;
}

int input_components(const char *name, struct components **ret)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT, text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct blob blob = { 0 };
	struct diag diag = { 0 };
	int r;

	if (name) {
		r = blob_read(name, &blob, &diag);
		if (r == 0)
			r = components_read(blob.bytes, blob.n_bytes, name, ret, &diag);
		blob_deinit(&blob);
	} else {
		r = datafile_read("components.json", &path, &text, &diag);
		if (r == 0)
			r = components_read(strbuf_text(&text), text.n_bytes, strbuf_text(&path), ret, &diag);
	}
	if (r == 0)
		return 0;
	message_diag(&diag);
	return -EINVAL;
}

void input_image_say_notes(const struct image *image)
{
	struct place at = { .file = image->name };

	for (uint64_t i = 0; i < image->n_notes && i < IMAGE_NOTES_MAX; i++)
		message_at(at, "warning", "%s", image->notes[i]);
	if (image->n_notes > IMAGE_NOTES_MAX)
		message_at(at, "warning", "and %" PRIu64 " more of that kind", image->n_notes - IMAGE_NOTES_MAX);
}
