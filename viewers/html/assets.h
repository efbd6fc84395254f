/* The styles and scripts of viewers/html/assets, put into the program at its build (scripts/embed). */
#pragma once

#include <stddef.h>

struct html_asset {
	const char *name;   /* "page.css" */
	const char *sha256; /* base64, for the page's Content-Security-Policy */
	size_t n_bytes;
	const char *text; /* nothing in it ends a <script> or a <style> */
};
extern const struct html_asset html_assets[];
extern const size_t html_n_assets;
