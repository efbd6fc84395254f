/* Any bytes as a device's descriptors, and as the name of one. */
#include "fuzz.h"
#include "usb/cdc.h"
#include "usb/name.h"

static void check_functions(const uint8_t *config, size_t n_bytes)
{
	struct usb_cdc f[USB_CDC_MAX];
	size_t n = usb_cdc_find(config, n_bytes, f);

	MUST(n <= USB_CDC_MAX);
	for (size_t i = 0; i < n; i++) {
		MUST((f[i].in & 0x80) && (f[i].in & 15) && !(f[i].out & 0x80) && (f[i].out & 15));
		MUST(f[i].in_packet_bytes > 0 && f[i].in_packet_bytes <= USB_PACKET_MAX_BYTES);
		MUST(f[i].out_packet_bytes > 0 && f[i].out_packet_bytes <= USB_PACKET_MAX_BYTES);
		MUST(f[i].has_control == f[0].has_control && (f[i].has_control || f[i].control == f[i].data));
		for (size_t k = 0; k < i; k++)
			MUST(f[i].data != f[k].data && f[i].control != f[k].control && f[i].data != f[k].control &&
			     f[i].control != f[k].data);
	}
}

/* What is read of a name is said by the name that is made of it. */
static void check_name(const uint8_t *bytes, size_t n_bytes)
{
	char uri[256] = USB_NAME_PREFIX, made[sizeof(((struct port *)0)->path)];
	struct usb_name name, again;
	struct diag diag = { .text = "" };
	size_t n = sizeof(USB_NAME_PREFIX) - 1;

	if (n_bytes > sizeof(uri) - n - 1)
		n_bytes = sizeof(uri) - n - 1;
	memcpy(uri + n, bytes, n_bytes);
	if (usb_name_read(uri, &name, &diag) < 0) {
		MUST(diag.text[0]);
		return;
	}
	MUST(name.channel >= 1 && name.channel <= USB_CDC_MAX);
	struct port port = { .usb = true, .vid = name.vid, .pid = name.pid, .location = "1-1" };
	memcpy(port.serial, name.serial, sizeof(port.serial));
	if (name.plug[0])
		memcpy(port.location, name.plug, sizeof(port.location));
	MUST(!name.has_ids || usb_name_fits(&name, &port));
	usb_name_make(&port, name.channel, n_bytes & 1, made, sizeof(made));
	MUST(usb_name_read(made, &again, &diag) == 0);
	MUST(usb_name_fits(&again, &port) && again.channel == name.channel);
}

FUZZ(data, size)
{
	size_t n_config;

	for (unsigned value = 0; value < 4; value++) {
		const uint8_t *config = usb_config_find(data, size, (uint8_t)value, &n_config);
		if (!config)
			continue;
		MUST(config > data && n_config >= 9 && n_config <= size - (size_t)(config - data));
		check_functions(config, n_config);
	}
	check_functions(data, size);
	check_name(data, size);
}
