/* The answers of a board to the survey, Ctrl-D between them: whatever they are, what is read keeps to
 * its bounds. The first byte says which platform is claimed before the first answer does. */
#include "fuzz.h"
#include "memprof/base/number.h"
#include "memprof/protocol/survey.h"

static void check(const struct board_info *b)
{
	size_t n_lines = 0;

	MUST(memchr(b->firmware, 0, sizeof(b->firmware)) && memchr(b->version, 0, sizeof(b->version)) &&
	     memchr(b->machine, 0, sizeof(b->machine)) && memchr(b->platform, 0, sizeof(b->platform)) &&
	     memchr(b->build, 0, sizeof(b->build)) && memchr(b->unique_id, 0, sizeof(b->unique_id)));
	MUST(strspn(b->unique_id, "0123456789abcdef") == strlen(b->unique_id));
	MUST(b->n_filesystems <= BOARD_FILESYSTEMS_MAX && b->n_partitions <= BOARD_PARTITIONS_MAX);
	for (size_t i = 0; i < b->n_filesystems; i++)
		MUST(b->filesystems[i].path[0] == '/' && b->filesystems[i].free_bytes <= b->filesystems[i].total_bytes);
	for (size_t i = 0; i < b->n_partitions; i++)
		MUST(b->partitions[i].size_bytes != NOT_KNOWN &&
		     memchr(b->partitions[i].label, 0, sizeof(b->partitions[i].label)));
	MUST(memchr(b->modules, 0, sizeof(b->modules)));
	for (const char *p = b->modules; *p; p++)
		n_lines += *p == '\n';
	MUST(n_lines == b->n_modules);
}

FUZZ(data, size)
{
	static const char *const platforms[] = { "", "rp2", "esp32", "esp8266", "pyboard", "samd", "linux", "RP2040" };
	const uint8_t *p = data + (size > 0), *end = data + size;
	struct board_info board;

	board_init(&board);
	strcpy(board.platform, platforms[size > 0 ? data[0] % ARRAY_SIZE(platforms) : 0]);
	for (size_t i = 0; i < n_survey_questions && p < end; i++) {
		if (!survey_applies(&survey_questions[i], &board))
			continue;
		const uint8_t *stop = memchr(p, 4, (size_t)(end - p));
		size_t n = (size_t)((stop ? stop : end) - p);
		survey_questions[i].read((const char *)p, n, &board);
		check(&board);
		p += n + (stop != NULL);
	}
}
