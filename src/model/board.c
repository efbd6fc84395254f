#include "memprof/model/board.h"

#include <string.h>

#include "memprof/base/text.h"

void board_init(struct board_info *board)
{
	*board = (struct board_info){
		.known = true,
		.freq_hz = NOT_KNOWN,
		.gc_threshold_bytes = NOT_KNOWN,
		.pystack_used_bytes = NOT_KNOWN,
		.flash_bytes = NOT_KNOWN,
		.flash_user_start = NOT_KNOWN,
		.n_device_blocks = NOT_KNOWN,
		.device_block_bytes = NOT_KNOWN,
	};
}

void board_from_banner(const struct event_text *text, struct board_info *ret)
{
	const char *p = text->bytes, *end = p + text->n_bytes;
	const char *machine = text_find(p, text->n_bytes, "; ");
	const char *on = text_find(p, text->n_bytes, " on ");
	const char *version = on;

	if (!machine || !on || on > machine)
		return;
	while (version > p && version[-1] != ' ')
		version--;
	if (!ret->known)
		board_init(ret);
	const char *name_end = version > p ? version - 1 : version;
	const char *number = version + (version < on && *version == 'v');

	text_copy(ret->firmware, sizeof(ret->firmware), p, (size_t)(name_end - p));
	text_copy(ret->version, sizeof(ret->version), number, (size_t)(on - number));
	text_copy(ret->machine, sizeof(ret->machine), machine + 2, (size_t)(end - machine - 2));
}

bool board_lacks_mem_info(const struct board_info *board)
{
	return board->known && strstr(board->firmware, "CircuitPython");
}

void board_from_hello(const struct event_hello *hello, struct board_info *ret)
{
	const char *version = strstr(hello->firmware, " v");
	size_t n_name = version ? (size_t)(version - hello->firmware) : strlen(hello->firmware);

	if (!hello->firmware[0] && !hello->machine[0])
		return;
	if (!ret->known)
		board_init(ret);
	text_copy(ret->firmware, sizeof(ret->firmware), hello->firmware, n_name);
	if (version)
		text_copy(ret->version, sizeof(ret->version), version + 2, strlen(version + 2));
	text_copy(ret->machine, sizeof(ret->machine), hello->machine, strlen(hello->machine));
}
