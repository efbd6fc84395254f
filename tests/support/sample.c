#define _DEFAULT_SOURCE
#include "sample.h"

#include <glob.h>

#include "tests_dir.h"
#include "unit.h"

static bool read_path(const char *path, struct sample *ret)
{
	long n = 0;

	FILE *file = fopen(path, "rb");
	if (!file)
		return false;
	if (fseek(file, 0, SEEK_END) != 0 || (n = ftell(file)) < 0)
		fail_msg("cannot read %s", path);
	rewind(file);
	ret->n_bytes = (size_t)n;
	ret->bytes = malloc(ret->n_bytes + 1);
	assert_non_null(ret->bytes);
	assert_int_equal(fread(ret->bytes, 1, ret->n_bytes, file), ret->n_bytes);
	ret->bytes[ret->n_bytes] = '\0'; /* for those that take it as a text */
	fclose(file);
	return true;
}

void sample_read(const char *name, struct sample *ret)
{
	char path[512];

	snprintf(ret->name, sizeof(ret->name), "%s", name);
	snprintf(path, sizeof(path), "%s/data/%s", TESTS_DIR, name);
	if (!read_path(path, ret))
		fail_msg("cannot read %s", path);
}

bool sample_read_shared(const char *name, struct sample *ret)
{
	char path[512];

	snprintf(ret->name, sizeof(ret->name), "%s", name);
	snprintf(path, sizeof(path), "%s/../../shared/data/%s", TESTS_DIR, name);
	bool there = read_path(path, ret);
	if (!there)
		print_message("# there is no %s\n", path);
	return there;
}

void sample_free(struct sample *sample)
{
	free(sample->bytes);
	sample->bytes = NULL;
}

static void each(const char *folder, void (*visit)(const struct sample *sample))
{
	char pattern[512];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/data/%s/*.txt", TESTS_DIR, folder);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct sample sample;
		sample_read(found.gl_pathv[i] + sizeof(TESTS_DIR "/data/") - 1, &sample);
		visit(&sample);
		sample_free(&sample);
	}
	globfree(&found);
}

void sample_each_synthetic(void (*visit)(const struct sample *sample)) { each("synthetic", visit); }

void sample_each_dump(void (*visit)(const struct sample *sample)) { each("dumps", visit); }
