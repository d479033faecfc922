"""What turns bad on what is deployed while nobody changes anything here: a look each night."""
