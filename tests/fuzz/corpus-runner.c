/* Runs a fuzz target over files and folders of them, so that it is an ordinary test with any
 * compiler. Each file is given as it is, as often as there are ways to feed it (the first byte says
 * how), cut short, and with some bytes changed.
 *
 * usage: corpus-TARGET FILE|FOLDER...     (files of more than 20 kB are left out) */
#define _DEFAULT_SOURCE
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

enum { FILE_MAX_BYTES = 28000, WAYS = 13 };

static unsigned n_files, n_inputs;

static void give(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + !size); /* ends where its memory ends */

	MUST(copy);
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	n_inputs++;
	free(copy);
}

static uint32_t next_random(void)
{
	static uint32_t state = 0x6d656d70;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* bytes has room for one in front. */
static void give_all_ways(uint8_t *bytes, size_t n)
{
	for (unsigned way = 0; way<WAYS; way += n> 5000 ? 4 : 1) {
		bytes[0] = (uint8_t)way;
		give(bytes, n + 1);
	}
	give(bytes + 1, n);
	for (size_t end = 0; end < n; end += n / 16 + 1)
		give(bytes, end);
	for (unsigned round = 0; round < 24; round++) {
		for (unsigned k = 0; n > 0 && k <= round; k++)
			bytes[1 + next_random() % n] = (uint8_t)(round % 3 ? next_random() :
									     bytes[1 + next_random() % n]);
		bytes[0] = (uint8_t)next_random();
		give(bytes, n + 1);
	}
}

static void run_file(const char *path)
{
	static uint8_t bytes[FILE_MAX_BYTES + 2];
	FILE *file = fopen(path, "rb");

	MUST(file);
	size_t n = fread(bytes + 1, 1, FILE_MAX_BYTES + 1, file);
	fclose(file);
	if (n > FILE_MAX_BYTES)
		return;
	n_files++;
	give_all_ways(bytes, n);
}

static void run_path(const char *path)
{
	struct stat st;

	MUST(stat(path, &st) == 0);
	if (!S_ISDIR(st.st_mode)) {
		run_file(path);
		return;
	}
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, alphasort);
	MUST(n >= 0);
	for (int i = 0; i < n; i++) {
		char name[4096];
		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.' && stat(name, &st) == 0 && S_ISREG(st.st_mode))
			run_file(name);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	give((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++)
		run_path(argv[i]);
	printf("%u files, %u inputs\n", n_files, n_inputs);
	return n_files == 0;
}
