#include "memprof/input/build_inputs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

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

int input_image_read(struct input_image *ret, const char *name, unsigned want, struct diag *diag)
{
	*ret = (struct input_image){ 0 };
	int r = blob_read(name, &ret->blob, diag);
	return r < 0 ? r : parse(ret, want, diag);
}

int input_image_take(struct input_image *ret, struct blob *blob, unsigned want, struct diag *diag)
{
	*ret = (struct input_image){ .blob = *blob };
	*blob = (struct blob){ 0 };
	return parse(ret, want, diag);
}

void input_image_deinit(struct input_image *input)
{
	image_deinit(&input->image);
	blob_deinit(&input->blob);
}

int input_elf_read(struct input_image *ret, const char *name, unsigned want, struct diag *diag)
{
	int r = input_image_read(ret, name, want, diag);

	if (r == 0 && strcmp(ret->image.format, image_elf.name) != 0)
		return diag_at(diag, (struct place){ .file = name }, -EINVAL, "expected an ELF; this is %s",
			       ret->image.format);
	return r;
}

void input_image_warn(const struct image *image, const struct notice_sink *notices)
{
	struct place at = { .file = image->name };

	for (uint64_t i = 0; i < image->n_notes && i < IMAGE_NOTES_MAX; i++)
		notice_at(notices, at, "warning", "%s", image->notes[i]);
	if (image->n_notes > IMAGE_NOTES_MAX)
		notice_at(notices, at, "warning", "and %" PRIu64 " more of that kind",
			  image->n_notes - IMAGE_NOTES_MAX);
}

int input_partitions(struct partition_table *ret, const char *name, const struct partition_options *options,
		     struct diag *diag)
{
	struct blob blob = { 0 };
	int r = blob_read(name, &blob, diag);

	if (r == 0)
		r = blob_check_not_empty(&blob, "a partition table", diag);
	if (r == 0)
		r = partition_table_read(ret, name, blob.bytes, blob.n_bytes, options, diag);
	blob_deinit(&blob);
	if (r < 0 && !diag->at.file)
		diag->at.file = name;
	return r;
}

int input_components(const char *name, struct components **ret, struct diag *diag)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT, text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct blob blob = { 0 };
	int r;

	if (!name) {
		r = datafile_read("components.json", &path, &text, diag);
		return r < 0 ? r : components_read(strbuf_text(&text), text.n_bytes, strbuf_text(&path), ret, diag);
	}
	r = blob_read(name, &blob, diag);
	if (r == 0)
		r = components_read(blob.bytes, blob.n_bytes, name, ret, diag);
	blob_deinit(&blob);
	return r;
}
