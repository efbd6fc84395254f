/* Objects of a memory file, of a core file, or of images of RAM. */
#include <errno.h>
#include <string.h>

#include "memprof/image/core.h"
#include "memprof/input/kept.h"
#include "private.h"

static int of_memory(const struct blob *blob, struct objects_reading *ret, struct diag *diag)
{
	int error = memory_file_read(blob->bytes, blob->n_bytes, blob->name, &ret->file, diag);

	if (error < 0)
		return error;
	struct memory_reader reader = memory_file_reader(&ret->file);
	error = objects_read(&reader, &ret->file.ids, &ret->objects, diag);
	return error == -EFAULT ? diag_set(diag, error, "the memory file lacks memory that its heap refers to") : error;
}

static int of_blob(const struct blob *blob, const char *elf, struct objects_reading *ret, struct diag *diag)
{
	return core_is_elf(blob->bytes, blob->n_bytes) ? objects_of_core(blob, elf, ret, diag) :
							 of_memory(blob, ret, diag);
}

static int of_name(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag)
{
	struct blob blob = { .bytes = NULL };
	int error = kept_read(spec->name, &blob, diag);

	if (error == 0 && spec->elf && !core_is_elf(blob.bytes, blob.n_bytes))
		error = diag_set(diag, -EINVAL, "--elf is for a GDB server and for a core file, and it is neither");
	if (error == 0)
		error = of_blob(&blob, spec->elf, ret, diag);
	blob_deinit(&blob);
	return error;
}

int file_objects(const struct objects_spec *spec, struct objects_reading *ret, struct diag *diag)
{
	int error = spec->n_images ? objects_of_images(spec, ret, diag) :
		    spec->blob     ? of_blob(spec->blob, spec->elf, ret, diag) :
				     of_name(spec, ret, diag);

	if (error < 0 && !diag->text[0])
		diag_set(diag, error, "%s", strerror(-error));
	if (error < 0 && !diag->at.file && !spec->n_images)
		diag->at.file = spec->name;
	return error;
}
