"""Who may do what in the planned cloud: least privilege, no escalation, federation as planned.

Everything here is a pure function of the resources that Terraform plans; no cloud is asked.
"""
