/* The serial channels of a USB device, as its descriptors tell: functions of the class CDC-ACM (usb.org: CDC 1.2,
 * PSTN 1.2; USB 2.0 chapter 9). Descriptors are whatever a device sends: of the lengths and numbers in them
 * none is believed. Pure. */
#ifndef MEMPROF_USB_CDC_H
#define MEMPROF_USB_CDC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	USB_CDC_MAX = 8, /* functions of one device; more are not looked at */
	USB_DESCRIPTORS_MAX_BYTES = 65536,
	USB_PACKET_MAX_BYTES = 1024, /* of a bulk endpoint at any speed */
};

struct usb_cdc {
	bool has_control;                           /* a communications interface, which takes requests for the line */
	uint8_t control;                            /* its bInterfaceNumber; that of the data if it has none */
	uint8_t data, data_setting;                 /* bInterfaceNumber and bAlternateSetting of the two endpoints */
	uint8_t in, out;                            /* bEndpointAddress of bulk endpoints */
	uint16_t in_packet_bytes, out_packet_bytes; /* 1 to USB_PACKET_MAX_BYTES */
};

/* The functions of a configuration, in the order of their first interfaces: how many there are. The data of a
 * communications interface is the one that its union descriptor names; else one of the same association, or
 * the interface that follows; else any other of class 10 with a bulk endpoint in each direction. Where there is
 * no communications interface at all, such interfaces alone are taken. What is cut or broken ends the
 * reading; what was whole before it counts. O(n_bytes). */
size_t usb_cdc_find(const uint8_t *config, size_t n_bytes, struct usb_cdc ret[USB_CDC_MAX]);

/* The configuration with this bConfigurationValue in a device's descriptors: the device descriptor and all
 * configurations behind it (sysfs: "descriptors"). NULL if it is not there; it may be cut at the end. */
const uint8_t *usb_config_find(const uint8_t *descriptors, size_t n_bytes, uint8_t value, size_t *ret_n_bytes);

#endif
