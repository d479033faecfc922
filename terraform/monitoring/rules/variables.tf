variable "document" {
  type        = any
  description = "A Prometheus rule file, decoded."
}

variable "names" {
  type        = map(string)
  default     = {}
  description = "What is called otherwise here than in the file, by its name there: a label's whole value."
}

variable "texts" {
  type        = map(string)
  default     = {}
  description = "More texts in which those names are to be put in place: filters, queries of charts."
}
