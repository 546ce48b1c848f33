/*
---
description: The nine elements of the public satisfaction survey (PermenPANRB 14/2017), known by name, never by number.
grain: element
key: [service_element_key]
columns:
  service_element_key: {references: null}
  element: {values: {}}
  element_name: {type: text, description: "Name of the element in the regulation.", label: "Nama unsur"}
  sort_order: {type: integer, description: "Place in the regulation's annex.", label: "Urutan", minimum: 0, maximum: 9}
---
*/
select substr(md5(element), 1, 16) as service_element_key, element, element_name, sort_order
from (
    values
        ('persyaratan', 'Persyaratan', 1),
        ('prosedur', 'Sistem, mekanisme, dan prosedur', 2),
        ('waktu', 'Waktu penyelesaian', 3),
        ('biaya', 'Biaya/tarif', 4),
        ('produk', 'Produk spesifikasi jenis pelayanan', 5),
        ('kompetensi', 'Kompetensi pelaksana', 6),
        ('perilaku', 'Perilaku pelaksana', 7),
        ('pengaduan', 'Penanganan pengaduan, saran, dan masukan', 8),
        ('sarana', 'Sarana dan prasarana', 9)
) as t (element, element_name, sort_order)
union all
select 'unknown', 'unknown', 'unknown', 0
