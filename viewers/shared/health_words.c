#include "shared/health_words.h"

const struct health_words *health_words(enum health health)
{
	static const struct health_words words[] = {
		[HEALTH_ROOM] = { "Room to spare", "has room to spare", NULL },
		[HEALTH_SPLIT] = { "Split", "is split", "SPLIT" },
		[HEALTH_FRAGMENTED] = { "Fragmented", "is fragmented", "FRAGMENTED" },
		[HEALTH_NEARLY_FULL] = { "Nearly full", "is nearly full", "NEARLY FULL" },
		[HEALTH_FULL] = { "Full", "is full", "FULL" },
		[HEALTH_DAMAGED] = { "Damaged", "is damaged", "DAMAGED" },
		[HEALTH_UNKNOWN] = { "Not enough is known", "does not report enough", NULL },
	};
	return &words[health];
}
