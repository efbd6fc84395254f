#include <ctype.h>
#include <string.h>

#include "partitions/private.h"

/* ESP-IDF, components/partition_table/gen_esp32part.py (1.5): TYPES and SUBTYPES. */
static const char *const types[] = { "app", "data", "bootloader", "partition_table" };

static const struct {
	const char *text;
	uint32_t type, number;
} subtypes[] = {
	{ "factory", 0, 0x00 },  { "ota_0", 0, 0x10 },  { "ota_1", 0, 0x11 },     { "ota_2", 0, 0x12 },
	{ "ota_3", 0, 0x13 },    { "ota_4", 0, 0x14 },  { "ota_5", 0, 0x15 },     { "ota_6", 0, 0x16 },
	{ "ota_7", 0, 0x17 },    { "ota_8", 0, 0x18 },  { "ota_9", 0, 0x19 },     { "ota_10", 0, 0x1a },
	{ "ota_11", 0, 0x1b },   { "ota_12", 0, 0x1c }, { "ota_13", 0, 0x1d },    { "ota_14", 0, 0x1e },
	{ "ota_15", 0, 0x1f },   { "test", 0, 0x20 },   { "tee_0", 0, 0x30 },     { "tee_1", 0, 0x31 },
	{ "ota", 1, 0x00 },      { "phy", 1, 0x01 },    { "nvs", 1, 0x02 },       { "coredump", 1, 0x03 },
	{ "nvs_keys", 1, 0x04 }, { "efuse", 1, 0x05 },  { "undefined", 1, 0x06 }, { "esphttpd", 1, 0x80 },
	{ "fat", 1, 0x81 },      { "spiffs", 1, 0x82 }, { "littlefs", 1, 0x83 },  { "tee_ota", 1, 0x90 },
	{ "primary", 2, 0x00 },  { "ota", 2, 0x01 },    { "recovery", 2, 0x02 },  { "primary", 3, 0x00 },
	{ "ota", 3, 0x01 },
};

static bool is_same_word(const char *word, const char *text, size_t n_bytes)
{
	if (strlen(word) != n_bytes)
		return false;
	for (size_t i = 0; i < n_bytes; i++)
		if (tolower((unsigned char)text[i]) != word[i])
			return false;
	return true;
}

int partition_type_of(const char *text, size_t n_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (is_same_word(types[i], text, n_bytes))
			return (int)i;
	return -1;
}

int partition_subtype_of(uint32_t type, const char *text, size_t n_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(subtypes); i++)
		if (subtypes[i].type == type && is_same_word(subtypes[i].text, text, n_bytes))
			return (int)subtypes[i].number;
	return -1;
}

bool partition_type_has_subtype_names(uint32_t type) { return type < ARRAY_SIZE(types); }

const char *partition_subtype_name(uint32_t type, uint32_t subtype)
{
	for (size_t i = 0; i < ARRAY_SIZE(subtypes); i++)
		if (subtypes[i].type == type && subtypes[i].number == subtype)
			return subtypes[i].text;
	return NULL;
}

bool partition_name_misleads(const struct partition *row)
{
	bool other = false;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i], row->name) == 0 && i != row->type)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(subtypes); i++) {
		if (strcmp(subtypes[i].text, row->name) != 0)
			continue;
		if (subtypes[i].type == row->type && subtypes[i].number == row->subtype)
			return false;
		other = true;
	}
	return other;
}
